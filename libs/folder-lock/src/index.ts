export { holdFolder, type FolderLock } from './folder-lock.js';
