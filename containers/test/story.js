// What Parley in containers promises, one step after the other on one project.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

const NAMES = ['participant-1', 'participant-2', 'participant-3'];
const SERVICES = ['participant', 'coordinator', 'chat-1', 'chat-2', 'gateway'];
const SLOTS_TAKEN = 75;

const guide = new URL('../../docs/containers.md', import.meta.url);

/** The command lines of the first block of the guide: start, wait until ready, propose, read the ledgers. */
const guideCommands = () => {
  const [, block] = /```sh\n([^]*?)```/.exec(readFileSync(guide, 'utf8'));
  const commands = block.replaceAll('\\\n', ' ').trim().split('\n');
  assert.equal(commands.length, 4, 'the guide has four commands in its first block');
  const [up, ready, propose, read] = commands;
  return { up, ready, propose, read };
};

/** The steps of the story, in order: each a sentence and what shows that it holds. */
export const story = (project) => {
  const commands = guideCommands();
  let token;
  let identities;
  const lines = [];

  const get = async (path) => {
    const response = await fetch(project.address + path, { headers: { authorization: `Bearer ${token}` } });
    assert.equal(response.status, 200, `GET ${path}`);
    return response.json();
  };

  const readToken = async () => (await project.shell('docker compose exec -T gateway cat /data/operator.token')).trim();

  /** Name and logId, the identity of each participant that is live. */
  const liveIdentities = async () => {
    const { items } = await get('/api/v1/participants');
    return items.filter(({ live }) => live).map(({ id, logId }) => `${id} ${logId}`);
  };

  const propose = async (value) => {
    const answer = JSON.parse(await project.shell(commands.propose.replace('"hello"', JSON.stringify(value))));
    assert.deepEqual([answer.value, answer.state, answer.applied], [value, 'committed', { done: 3, of: 3 }]);
    lines.push(value);
  };

  /** Every file in the volume, read through one of the containers that mount it. */
  const assertLedgers = async () => {
    const [container] = await project.containers('participant');
    for (const name of NAMES) {
      const file = await project.docker('exec', container, 'cat', `/data/${name}/ledger/main.txt`);
      assert.equal(file, lines.map((line) => `${line}\n`).join(''), `the ledger of ${name}`);
    }
  };

  const nameIn = async (container) => (await project.docker('exec', container, 'cat', '/tmp/participant-name')).trim();

  const assertRunAsNode = async (service) => {
    const [container] = await project.containers(service);
    const inside = (...command) => project.docker('exec', container, ...command);
    assert.equal((await inside('id', '--user', '--name')).trim(), 'node');
    const surplus = ['nats-server*', 'typescript', 'jest', 'launcher', 'broker']
      .map((name) => `-name '${name}'`)
      .join(' -o ');
    const folders = '/parley/apps /parley/libs /parley/node_modules /parley/node_modules/@*';
    const found = await inside('sh', '-c', `find ${folders} -maxdepth 1 ${surplus}`);
    assert.equal(found, '', `the image of the ${service} holds what only development needs`);
    assert.deepEqual((await inside('ls', '/parley/apps')).split('\n'), [service.replace(/-\d$/, ''), '']);
    const bytes = await project.inspect(await project.inspect(container, '{{.Image}}'), '{{.Size}}');
    console.log(`        ${service}: ${Math.round(Number(bytes) / 1e6)} MB with its base`);
  };

  const assertHealthy = (service) =>
    project.until(`all of ${service} healthy`, 120, async () => {
      const containers = await project.containers(service);
      const states = await Promise.all(containers.map((id) => project.inspect(id, '{{.State.Health.Status}}')));
      return { done: states.every((state) => state === 'healthy'), seen: states };
    });

  const assertSameIdentities = async () => assert.deepEqual(await liveIdentities(), identities);

  return {
    'the images are built': () => project.compose('build'),

    'the guide starts the system, and it becomes ready': async () => {
      await project.shell(commands.up);
      await project.shell(commands.ready);
      token = await readToken();
      identities = await liveIdentities();
      assert.deepEqual(
        identities.map((identity) => identity.split(' ')[0]),
        NAMES,
      );
    },

    'the guide puts a string into three equal files': async () => {
      await propose('hello');
      await assertLedgers();
      assert.equal((await project.shell(commands.read)).match(/^hello$/gm)?.length, 3);
    },

    'each service runs as node, and its image holds what production needs': async () => {
      for (const service of SERVICES) await assertRunAsNode(service);
      const [broker] = await project.containers('nats');
      assert.equal(await project.inspect(broker, '{{.Config.User}}'), '1000:1000');
    },

    'each health check passes, and does not for a node that is not there': async () => {
      for (const service of SERVICES) await assertHealthy(service);
      const [container] = await project.containers('coordinator');
      const check = project.docker('exec', container, 'node', '/parley/containers/alive.js', 'participant-9');
      await assert.rejects(check, /participant-9 has not been heard/);
    },

    'one replica too many finds no free identity, says so and ends': async () => {
      const { code, stdout, stderr } = await project.tryCompose('run', '--rm', '-T', '--no-deps', 'participant');
      assert.equal(code, SLOTS_TAKEN);
      assert.match(stdout + stderr, /all 3 identities are taken/);
    },

    'a second coordinator finds the volume held, says so and ends': async () => {
      const { code, stdout, stderr } = await project.tryCompose('run', '--rm', '-T', '--no-deps', 'coordinator');
      assert.equal(code, 1);
      assert.match(stdout + stderr, /failed to get lock/);
    },

    'a participant whose process is killed is restarted and takes its identity again': async () => {
      const [container] = await project.containers('participant');
      const name = await nameIn(container);
      await project.docker('exec', container, 'sh', '-c', 'kill -9 -1');
      await project.until('the container was restarted', 60, async () => {
        const seen = await project.inspect(container, '{{.RestartCount}} {{.State.Status}}');
        return { done: seen === '1 running', seen };
      });
      const restartedAt = Date.now();
      await project.until(`${name} was heard of again`, 60, async () => {
        const { items } = await get('/api/v1/participants');
        const { seenAt, complete } = items.find(({ id }) => id === name);
        return { done: complete && Date.parse(seenAt) > restartedAt, seen: seenAt };
      });
      assert.equal(await nameIn(container), name);
      await assertSameIdentities();
      await propose('after a kill');
      await assertLedgers();
    },

    'every service stops in order, and goes on when it is started again': async () => {
      await project.compose('stop');
      for (const service of SERVICES) {
        for (const container of await project.containers(service)) {
          assert.equal(await project.inspect(container, '{{.State.ExitCode}}'), '0', `exit code of the ${service}`);
        }
      }
      await project.compose('start');
      await project.shell(commands.ready);
      await assertSameIdentities();
      await propose('after stop and start');
      await assertLedgers();
    },

    'a new system on the same volumes has the same token, identities and lines, and goes on': async () => {
      await project.compose('down');
      assert.deepEqual(await project.containers('participant'), []);
      await project.shell(commands.up);
      await project.shell(commands.ready);
      assert.equal(await readToken(), token);
      await assertSameIdentities();
      await assertLedgers();
      await propose('after down and up');
      await assertLedgers();
    },
  };
};
