import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { newsOf } from "../../daemon/notify/news.ts";
import type { State } from "../../daemon/state.ts";
import { tellingsOf } from "../../daemon/tell.ts";
import { openWatch } from "../../daemon/watch.ts";
import { until } from "../support/until.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "omg-watch-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (...names: readonly string[]) => join(folder, ...names);

it("that there are no more watches is said once, with what to do, and that it is over", () => {
  const time = new Date();
  const state = { pid: 1, started: "", beat: "", doing: "waiting", channel: "c", watch: [] } as const;
  const settings = { maxAgeSeconds: 1, rollForward: "off", drift: "off", windows: [] } as const;
  const about = (more: Partial<State>) =>
    tellingsOf({ ...state, started: time.toISOString(), ...more }, settings, undefined, time).filter(
      (each) => each.about === "watches",
    );
  expect(about({})).toEqual([]);
  const [said, ...others] = about({ unwatched: true });
  expect([said?.problem?.hint, others]).toEqual([expect.stringContaining("fs.inotify.max_user_watches"), []]);
  const { known, news } = newsOf({}, about({ unwatched: true }));
  expect(news.map(({ text }) => text)).toEqual(["not all files can be watched"]);
  expect(newsOf(known, about({ unwatched: true })).news).toEqual([]);
  expect(newsOf(known, []).news.map(({ text }) => text)).toEqual(["there are enough again"]);
});

it("a folder is looked after once it is there, however much of the way to it was missing, and anew once it is another", async () => {
  let heard = 0;
  const watch = openWatch(() => {
    heard += 1;
  });
  const path = at("data/versions/node");
  expect(watch.set([path])).toBe(true);
  expect(watch.set([path])).toBe(false);
  const steps = [
    () => mkdirSync(at("data")),
    () => mkdirSync(at("data/versions")),
    () => mkdirSync(path),
    () => mkdirSync(join(path, "20.0.0")),
    () => rmSync(path, { recursive: true }),
    () => mkdirSync(path),
    () => mkdirSync(join(path, "22.0.0")),
  ];
  for (const step of steps) {
    const before = heard;
    step();
    await until(() => heard > before);
    watch.set([path]);
  }
  expect([watch.set([path]), watch.short()]).toEqual([false, false]);
  expect(watch.set([])).toBe(true);
  watch.end();
});

const REFUSED = `
import { openWatch } from ${JSON.stringify(join(import.meta.dirname, "../../daemon/watch.ts"))};
const paths = [process.argv[2]];
const watch = openWatch(() => console.log("heard"));
console.log([watch.set(paths), watch.set(paths)].join());
process.stdin.on("data", () => console.log(String(watch.set(paths))));
`;

it.runIf(process.getuid?.() === 0)(
  "what may not be watched yet is tried again, and is no other watch until it may be",
  async () => {
    const program = at("refused.mjs");
    const stdin = { contents: REFUSED, resolveDir: import.meta.dirname, loader: "ts" as const };
    buildSync({ stdin, bundle: true, platform: "node", format: "esm", outfile: program });
    chmodSync(folder, 0o711);
    // A folder that others may go through and not list.
    mkdirSync(at("closed"), { mode: 0o711 });
    const nobody = spawn(process.execPath, [program, at("closed", "file")], { uid: 65534, gid: 65534, cwd: "/" });
    onTestFinished(() => void nobody.kill("SIGKILL"));
    const said: string[] = [];
    nobody.stdout.setEncoding("utf8").on("data", (text: string) => void said.push(...text.trim().split("\n")));
    const again = async () => {
      const before = said.length;
      nobody.stdin.write("again\n");
      await until(() => said.length > before);
    };
    await until(() => said.length > 0);
    await again();
    chmodSync(at("closed"), 0o755);
    await again();
    await again();
    expect(said).toEqual(["true,false", "false", "true", "false"]);
    writeFileSync(at("closed", "file"), "");
    await until(() => said.includes("heard"));
  },
);

const OWN_NAMESPACE = readlinkSync("/proc/self/ns/user");

/**
 * Without any watches, in a user namespace of its own. The limits of namespaces are in /proc/sys/user (namespaces(7)); those in /proc/sys/fs/inotify
 * are the machine's, wherever they are written.
 */
const limited = (limit: string) => [
  "-Ur",
  "sh",
  "-c",
  `test "$(readlink /proc/self/ns/user)" != "${OWN_NAMESPACE}" && echo 0 > /proc/sys/user/${limit} && exec "$0" "$@"`,
];
const HERE = spawnSync("unshare", [...limited("max_inotify_watches"), "true"]).status === 0;
const WATCHING = `
import { openWatch } from ${JSON.stringify(join(import.meta.dirname, "../../daemon/watch.ts"))};
import { writeFileSync } from "node:fs";
const [paths, said] = [JSON.parse(process.argv[2]), process.argv[3]];
let heard = 0;
const say = () => writeFileSync(said, JSON.stringify({ heard, short: watch.short() }));
const watch = openWatch(() => { heard += 1; say(); });
const others = [watch.set(paths), watch.set(paths)];
// As omgd does after each round, which may come at any time.
setInterval(() => watch.set(paths), 300);
if (others.join() !== "true,false") throw new Error(others.join());
setTimeout(say, 100);
`;

describe.runIf(HERE)("where the kernel has no more watches", () => {
  let run: ChildProcess | undefined;
  afterEach(() => run?.kill("SIGKILL"));

  it.each(["max_inotify_watches", "max_inotify_instances"])(
    "files are looked at all the same, and that is said (%s)",
    async (limit) => {
      const program = at("watching.mjs");
      const stdin = { contents: WATCHING, resolveDir: import.meta.dirname, loader: "ts" as const };
      buildSync({ stdin, bundle: true, platform: "node", format: "esm", outfile: program });
      mkdirSync(at("local"));
      writeFileSync(at("status"), "1");
      const said = at("said");
      const saying = () => {
        try {
          return JSON.parse(readFileSync(said, "utf8")) as { heard: number; short: boolean };
        } catch {
          return undefined;
        }
      };
      const paths = JSON.stringify([at("status"), at("none"), at("local")]);
      run = spawn("unshare", [...limited(limit), process.execPath, program, paths, said], { stdio: "inherit" });
      await until(() => saying() !== undefined);
      expect(saying()?.short).toBe(true);
      for (const step of [
        () => writeFileSync(at("status"), "22"),
        () => writeFileSync(at("none"), "1"),
        () => mkdirSync(at("local/package")),
      ]) {
        const before = saying()?.heard ?? 0;
        step();
        await until(() => (saying()?.heard ?? 0) > before, 6000);
      }
    },
  );
});
