// What Parley in containers promises, one step after the other on one project.
import assert from 'node:assert/strict';
import { guide, readme } from './documents.js';
import { Traffic } from './traffic.js';

const NAMES = ['participant-1', 'participant-2', 'participant-3'];
const SERVICES = ['participant', 'coordinator', 'chat-1', 'chat-2', 'gateway'];
const SLOTS_TAKEN = 75;

/** The steps of the story, in order: each a sentence and what shows that it holds. */
export const story = (project) => {
  const commands = readme();
  const { more, fewer, letGo } = guide();
  let token;
  let identities;
  let lines = [];

  const get = async (path) => {
    const response = await fetch(project.address + path, { headers: { authorization: `Bearer ${token}` } });
    assert.equal(response.status, 200, `GET ${path}`);
    return response.json();
  };

  const readToken = async () => (await project.shell('docker compose exec -T gateway cat /data/operator.token')).trim();

  const participants = async () => (await get('/api/v1/participants')).items;

  /** Name and logId, the identity of each participant that is live. */
  const liveIdentities = async () =>
    (await participants()).filter(({ live }) => live).map(({ id, logId }) => `${id} ${logId}`);

  /** All of the book, oldest first. */
  const transactions = async () => {
    const all = [];
    for (let cursor = ''; cursor !== null;) {
      const { items, next } = await get(`/api/v1/transactions?book=main&limit=500${cursor && `&cursor=${cursor}`}`);
      all.push(...items);
      cursor = next;
    }
    return all.sort((a, b) => a.number - b.number);
  };

  const assertCommitted = (json, value) => {
    const { state, applied, ...answer } = JSON.parse(json);
    assert.deepEqual([answer.value, state, applied], [value, 'committed', { done: 3, of: 3 }]);
    lines.push(value);
    return answer.id;
  };

  /** Returns the transaction's id. */
  const propose = async (value) =>
    assertCommitted(await project.shell(commands.propose.replace('"hello"', JSON.stringify(value))), value);

  /** A file in the volume, read through one of the containers that mount it. */
  const ledgerOf = async (name) => {
    const [container] = await project.containers('participant');
    return project.docker('exec', container, 'cat', `/data/${name}/ledger/main.txt`);
  };

  const assertLedgers = async (names = NAMES) => {
    const text = lines.map((line) => `${line}\n`).join('');
    for (const name of names) assert.equal(await ledgerOf(name), text, `the ledger of ${name}`);
  };

  /** The nodes send their events in batches, a moment after the answer. */
  const assertTold = (id) =>
    project.until(`the events of ${id} are in the broker's stream`, 30, async () => {
      const headers = { authorization: `Bearer ${token}` };
      const path = `${project.address}/api/v1/events?format=shiviz&transaction=${id}`;
      const log = await (await fetch(path, { headers })).text();
      const told = [`coordinator announces: ${id} committed`, ...NAMES.map((name) => `${name} has written: ${id}`)];
      const done = told.every((sentence) => log.includes(sentence));
      return { done, seen: log };
    });

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

    'the block of README.md starts the system, waits for it, and puts a string into three equal files': async () => {
      const said = (await project.shell(commands.block)).split('\n');
      // The answer stands between what the gateway says of its health and what the files hold.
      assertCommitted(/\{"id":.*\}/.exec(said.join('\n'))[0], 'hello');
      assert.equal(said.filter((line) => line === 'hello').length, 3);
      token = await readToken();
      identities = await liveIdentities();
      assert.deepEqual(
        identities.map((identity) => identity.split(' ')[0]),
        NAMES,
      );
      await assertLedgers();
    },

    'what the nodes tell of a transaction is kept by the broker, and can be read': async () => {
      const id = await propose('watched');
      await assertTold(id);
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
        const { seenAt, complete } = (await participants()).find(({ id }) => id === name);
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
      const id = await propose('after down and up');
      await assertLedgers();
      await assertTold(id);
    },

    'three participants become five while transactions run, and three again; what was told holds': async () => {
      const traffic = new Traffic(project.address, token);
      /** Resolves when a transaction that lists so many was committed from now on. */
      const committedBy = (count) => {
        const before = traffic.committedBy(count);
        return project.until(`a transaction is committed by ${count}`, 120, async () => ({
          done: traffic.committedBy(count) > before,
          seen: JSON.stringify(await participants()),
        }));
      };
      await traffic.during(async () => {
        await project.shell(more);
        await committedBy(5);
        await project.shell(fewer);
        await committedBy(3);
      });
      await project.until('all is decided and written', 60, async () => {
        const all = await transactions();
        lines = all.map(({ state, value }) => (state === 'committed' ? value : ''));
        const open = all.filter(({ state }) => state === 'deciding');
        const lengths = (await participants()).filter(({ live }) => live).map(({ ledgers }) => ledgers[0].lines);
        return { done: open.length === 0 && lengths.every((length) => length === all.length), seen: open };
      });
      traffic.assertHolds(lines);
      await assertSameIdentities();
      await assertLedgers();
      const [whole, ...parts] = await Promise.all(['participant-1', 'participant-4', 'participant-5'].map(ledgerOf));
      for (const part of parts) assert.ok(part !== '' && whole.startsWith(part), `a beginning of all lines: ${part}`);
    },

    'the two that are not to come back are let go': async () => {
      await project.shell(letGo);
      await project.until('only the others are registered', 30, async () => {
        const registered = (await participants()).filter((participant) => participant.registered).map(({ id }) => id);
        return { done: registered.join() === NAMES.join(), seen: registered };
      });
      await propose('without them');
      await assertLedgers();
    },
  };
};
