import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { MEMORY_ENV, NO_GC_HELPERS } from "../daemon/units/service-env.ts";
import { frameOf } from "../schema/wire/frames.ts";
import type { Packed } from "../schema/wire/msgpack.ts";
import { encodeStatus } from "../schema/wire/status.ts";
import { connectTo, type OmgdClient } from "../test/support/omgd-client.ts";
import type { Root } from "./root.ts";

/** An omgd that runs on a root, and follows a repository with nothing in it for that. */
export interface RunningOmgd {
  readonly pid: number;
  /** Path of its owner's socket, where an omgd under folders of its own answers, and a client that is connected there. */
  readonly socket: string;
  readonly client: OmgdClient;
  end(): Promise<void>;
}

const PATIENCE_MS = 180_000;

/** Resolves when what it says is of everything as it is now. */
export async function startOmgd(root: Root, omg: string): Promise<RunningOmgd> {
  const config = root.env.OMG_CONFIG_DIR ?? "";
  const repository = join(root.folder, "machines.git");
  execFileSync("git", ["init", "--quiet", "--bare", repository], { env: root.env });
  mkdirSync(config, { recursive: true });
  writeFileSync(
    join(config, "config.toml"),
    `[daemon]\nrepository = "file://${repository}"\npoll = 86400\ndrift = "off"\nroll-forward = "off"\nbackoff = 3600\n`,
  );
  const env = { ...root.env, ...MEMORY_ENV };
  const child = spawn(process.execPath, [NO_GC_HELPERS, omg, "daemon", "run"], { cwd: "/", env, stdio: "ignore" });
  const kill = () => void child.kill("SIGKILL");
  process.once("exit", kill);
  const path = join(root.env.OMG_RUNTIME_DIR ?? "", "control.sock");
  await until(() => existsSync(path), child);
  const client = await connectTo(path);
  await until(async () => (await client.ask({ ask: "explicit" })).current === true, child);
  return {
    pid: child.pid ?? 0,
    socket: path,
    client,
    end: async () => {
      client.close();
      process.off("exit", kill);
      const ended = new Promise((done) => child.once("close", done));
      child.kill();
      await ended;
    },
  };
}

async function until(holds: () => boolean | Promise<boolean>, child: ChildProcess): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; !(await holds()); await pause(5)) {
    if (child.exitCode !== null) throw new Error(`omgd ended with ${child.exitCode}`);
    if (Date.now() > end) throw new Error("omgd has not got ready");
  }
}

/** A status of now, as `omg check` leaves one. */
export function publishStatus({ env }: Root, drift: number): void {
  const folder = env.OMG_RUNTIME_DIR ?? "";
  mkdirSync(folder, { recursive: true });
  const timestamp = Math.floor(Date.now() / 1000);
  const state = drift === 0 ? "in sync" : "drifted";
  const status = encodeStatus({ state, total: 1500, explicit: 120, drift, timestamp, generation: 3 });
  writeFileSync(join(folder, "omg.status"), status);
}

/** Megabytes that it holds, and held at most: proc(5), /proc/pid/status. */
export function memoryOf(pid: number): { readonly now: number; readonly peak: number } {
  const text = readFileSync(`/proc/${pid}/status`, "utf8");
  const megabytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text)?.[1]) / 1024;
  return { now: megabytes("VmRSS"), peak: megabytes("VmHWM") };
}

/** Milliseconds of the processor that it has used, its threads included: proc(5), /proc/pid/task/tid/schedstat. */
export function processorTime(pid: number): number {
  const used = readdirSync(`/proc/${pid}/task`).map((tid) =>
    Number(readFileSync(`/proc/${pid}/task/${tid}/schedstat`, "utf8").split(" ")[0]),
  );
  return used.reduce((sum, each) => sum + each, 0) / 1e6;
}

/** Milliseconds of the processor that its children have used which have ended: proc(5), /proc/pid/stat, fields 16 and 17, in steps of 10. */
export function childrenOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return 10 * (Number(fields[13]) + Number(fields[14]));
}

/** The bare client and server of frame.c, beside which omg-fast and omgd are measured. */
export interface Floor {
  /** A client that is answered with so many bytes. */
  asking(bytes: number): string;
  /** A client that asks omgd these questions, one after the other; after each it asks the bare server for so many bytes, counts for 1.5 ms, and pauses. */
  pacing(omgd: string, questions: readonly Packed[], bytes: number): Paced;
  end(): void;
}

/** A client that goes on asking. */
export interface Paced {
  /** Ends it. @returns how long each answer took to be there, in milliseconds */
  end(): Promise<{
    readonly answers: readonly number[];
    readonly bare: readonly number[];
    readonly counted: readonly number[];
    readonly worked: readonly number[];
  }>;
}

/** Milliseconds between its questions. */
const PACE_MS = 3;

/** Undefined where there is no C compiler. */
export async function startFloor(folder: string, source: string): Promise<Floor | undefined> {
  const [program, socket] = [join(folder, "frame"), join(folder, "frame.sock")];
  try {
    execFileSync("cc", ["-O2", "-static", "-o", program, source], { stdio: "ignore" });
  } catch {
    return undefined;
  }
  mkdirSync(dirname(socket), { recursive: true });
  const server = spawn(program, ["serve", socket], { stdio: "ignore" });
  const kill = () => void server.kill();
  process.once("exit", kill);
  await until(() => existsSync(socket), server);
  return {
    asking: (bytes) => `${program} ask ${socket} ${bytes}`,
    pacing: (omgd, questions, bytes) => {
      const file = `${program}.questions`;
      writeFileSync(file, Buffer.concat(questions.map(frameOf)));
      return paced(program, ["pace", omgd, file, socket, String(bytes), String(PACE_MS)]);
    },
    end: () => {
      process.off("exit", kill);
      kill();
    },
  };
}

function paced(program: string, args: readonly string[]): Paced {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  const closed = new Promise<number | null>((done) => child.once("close", done));
  let text = "";
  child.stdout.setEncoding("latin1").on("data", (piece: string) => {
    text += piece;
  });
  return {
    end: async () => {
      child.stdin.end();
      if ((await closed) !== 0) throw new Error("omgd, or the bare server, did not answer");
      const lines = text.split("\n").filter((line) => line !== "");
      if (lines.length === 0) throw new Error("nothing was asked");
      const all = lines.map((line) => line.split(" ").map((each) => Number(each) / 1000));
      const column = (at: number) => all.map((each) => each[at] ?? 0);
      return { answers: column(0), bare: column(1), counted: column(2), worked: column(3) };
    },
  };
}
