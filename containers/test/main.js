// `npm run test:containers`: builds the images, starts the system in containers as docs/containers.md says, shows what it
// promises, and removes all of it again. Needs an engine and Node, nothing installed. Exit code 0 when every step holds.
import { NoEngine, Project } from './project.js';
import { story } from './story.js';

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => interrupted.abort(new Error(`stopped by ${signal}`)));
}

const openProject = async () => {
  try {
    return await Project.open(interrupted.signal);
  } catch (error) {
    if (!(error instanceof NoEngine)) throw error;
    console.error(`test:containers: ${error.message}`);
    process.exit(1);
  }
};

const project = await openProject();
const steps = Object.entries(story(project));
let passed = 0;
try {
  for (const [sentence, show] of steps) {
    const startedAt = performance.now();
    try {
      await show();
    } catch (error) {
      console.error(`FAILED  ${sentence}\n${error.stack}`);
      if (!interrupted.signal.aborted) await project.describe();
      process.exitCode = 1;
      break;
    }
    passed += 1;
    console.log(`ok      ${sentence} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`);
  }
} finally {
  await project.remove();
}
console.log(`${passed} of ${steps.length} steps passed`);
