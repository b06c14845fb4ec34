// `npm run bench`, `chaos`, `explore`, `simulate`: a program that is run from its sources. Installs and builds what is
// missing (what it starts of the system is compiled), then runs it with the arguments that follow its path.
import { build } from './build.js';
import { installIfNeeded, workspace } from './install.js';
import { run } from './run.js';

const [program, ...parameters] = process.argv.slice(2);
await installIfNeeded();
const built = await build();
if (built !== 0) process.exit(built);
const options = ['--conditions=parley-source', '--import=@swc-node/register/esm-register'];
process.exit(await run(process.execPath, [...options, program, ...parameters], workspace));
