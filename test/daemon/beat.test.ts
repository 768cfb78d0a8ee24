import { spawn } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Context } from "../../app/context.ts";
import { forgetStatus, outdated, renewStatus } from "../../daemon/beat.ts";
import type { State } from "../../daemon/state.ts";
import { decodeStatus, encodeStatus, type Status } from "../../schema/wire/status.ts";

const KNOWN: Omit<Status, "timestamp" | "state"> = { total: 7, drift: 0, generation: 3 };
const NOTHING = { total: undefined, drift: undefined, generation: 3 };

let folder: string;
let ahead = 0;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "omg-beat-"));
  mkdirSync(join(folder, "db"));
  ahead = 0;
});
afterEach(() => rmSync(folder, { recursive: true }));

const now = () => new Date(Date.now() + ahead);
const ctx = (): Context => ({
  cwd: folder,
  env: { OMG_RUNTIME_DIR: folder, OMG_STATE_DIR: folder },
  uid: process.getuid?.() ?? 0,
  user: "somebody",
  home: folder,
  elevated: false,
  now,
  emit: () => {},
  signal: new AbortController().signal,
  program: folder,
});
const published = () => decodeStatus(readFileSync(join(folder, "omg.status")));
const pause = () => new Promise((done) => setTimeout(done, 20));
/** A file that omgd looks after, then the status that was read from it, a minute old. */
async function publish(state: Status["state"]): Promise<readonly string[]> {
  const file = join(folder, "db/database");
  writeFileSync(file, "one");
  await pause();
  const timestamp = Math.floor(Date.now() / 1000) - 60;
  writeFileSync(join(folder, "omg.status"), encodeStatus({ ...KNOWN, state, timestamp }), { mode: 0o644 });
  await pause();
  return [file];
}
const change = async ([file = ""]: readonly string[]) => {
  writeFileSync(file, "two");
  await pause();
};
const age = () => Math.floor(now().getTime() / 1000) - (published()?.timestamp ?? 0);

describe("a status that is renewed", () => {
  it("says the same while nothing has changed, whatever omgd does meanwhile", async () => {
    for (const state of ["in sync", "drifted", "held", "failed", "unknown"] as const)
      for (const doing of ["waiting", "fetching", "checking", "applying"] as const) {
        renewStatus(ctx(), { doing, watch: await publish(state) });
        expect(published()).toMatchObject({ ...KNOWN, state });
        expect(age()).toBeLessThan(5);
      }
  });

  it("says that it is not known once something has changed: a file, one that is made, and one that is gone", async () => {
    const changes: readonly ((watch: readonly string[]) => unknown)[] = [
      change,
      ([file = ""]) => rmSync(file),
      () => writeFileSync(join(folder, "db/marks"), ""),
      // Nothing below can be looked at then.
      () => {
        rmSync(join(folder, "db"), { recursive: true });
        writeFileSync(join(folder, "db"), "");
      },
    ];
    for (const each of changes) {
      const watch = [...(await publish("in sync")), join(folder, "db/marks")];
      renewStatus(ctx(), { doing: "waiting", watch });
      expect(published()?.state).toBe("in sync");
      await pause();
      await each(watch);
      await pause();
      renewStatus(ctx(), { doing: "waiting", watch });
      expect(published()).toMatchObject({ ...NOTHING, state: "unknown" });
      expect(age()).toBeLessThan(5);
    }
  });

  it("says that omg applies while omgd's apply changes the machine, and renews what such a run says", async () => {
    for (const state of ["drifted", "applying"] as const) {
      const watch = await publish(state);
      await change(watch);
      renewStatus(ctx(), { doing: "applying", watch });
      expect(published()).toMatchObject({ total: 7, drift: undefined, state: "applying" });
      expect(age()).toBeLessThan(5);
    }
  });

  it("is left as it was where nothing tells", async () => {
    await publish("in sync");
    renewStatus(ctx(), { doing: "waiting", watch: [] });
    expect([published()?.state, age() >= 60]).toEqual(["in sync", true]);
  });

  it("says that omg applies as long as somebody's run does, and not after that was killed", async () => {
    const watch = await publish("applying");
    const lease = openSync(join(folder, "writer.lock"), "w");
    const run = spawn("sleep", ["60"], { stdio: ["ignore", "ignore", "ignore", lease] });
    writeFileSync(join(folder, "writer.lock"), `${run.pid} omg apply\n`);
    closeSync(lease);
    await change(watch);
    renewStatus(ctx(), { doing: "waiting", watch });
    expect([published()?.state, age() < 5]).toEqual(["applying", true]);
    const ended = new Promise((done) => run.once("close", done));
    run.kill("SIGKILL");
    await ended;
    renewStatus(ctx(), { doing: "waiting", watch });
    expect([published()?.state, age() < 5]).toEqual(["unknown", true]);
  });

  it("is not known after the clock was set back, and afterwards counts as ever", async () => {
    const watch = await publish("in sync");
    ahead = -3_600_000;
    renewStatus(ctx(), { doing: "waiting", watch });
    expect([published()?.state, age()]).toEqual(["unknown", 0]);
    // As a look after that publishes it, beside a file whose time lies an hour ahead.
    writeFileSync(join(folder, "omg.status"), encodeStatus({ ...KNOWN, state: "in sync", timestamp: 0 }));
    utimesSync(join(folder, "omg.status"), now(), now());
    renewStatus(ctx(), { doing: "waiting", watch });
    expect(published()?.state).toBe("in sync");
  });

  it("is taken back where nobody could tell, and there is none where none was", async () => {
    await publish("in sync");
    forgetStatus(ctx());
    expect(published()).toMatchObject({ ...NOTHING, state: "unknown" });
    rmSync(join(folder, "omg.status"));
    forgetStatus(ctx());
    renewStatus(ctx(), { doing: "waiting", watch: [folder] });
    expect(() => published()).toThrow("ENOENT");
  });
});

it("what omgd knows of the machine is known no more once that has changed", async () => {
  const watch = await publish("in sync");
  const machine = { state: "in sync", changes: 0, time: now().toISOString() } as const;
  const state = { watch, machine } as unknown as State;
  expect(outdated(state, now())).toEqual({});
  await change(watch);
  expect(outdated(state, now())).toEqual({ machine: undefined });
});
