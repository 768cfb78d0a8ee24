import { spawn } from "node:child_process";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { GitLab } from "./git-lab.ts";
import type { Station } from "./net-lab.ts";

/** The lab's git server as a station has it, for those who are on the switch. */
export interface GitOutside {
  /** Of the repository. */
  readonly url: string;
  /** Addresses of those who connected, in order. */
  readonly askers: string[];
  /** From now on nothing listens there. */
  stop(): void;
  close(): void;
}

const PORT = 8080;

const FORWARD = `
import { connect, createServer } from "node:net";
const [address, path] = process.argv.slice(1);
const quiet = (socket) => socket.on("error", () => socket.destroy());
createServer((socket) => {
  console.log(socket.remoteAddress);
  quiet(socket).pipe(quiet(connect(path))).pipe(socket);
}).listen(${PORT}, address, () => console.log("ready"));
`;

/** What connects to the station gets through to the lab's server, by a socket on the disk. */
export async function openGitOutside(repo: GitLab, station: Station): Promise<GitOutside> {
  const path = join(repo.folder, "git.sock");
  const { port, pathname } = new URL(repo.url);
  const inner = createServer((socket) => {
    const server = connect(Number(port), "127.0.0.1");
    for (const each of [socket, server]) each.on("error", () => each.destroy());
    socket.pipe(server).pipe(socket);
  });
  await new Promise<void>((ready) => inner.listen(path, ready));
  const script = ["--input-type=module", "-e", FORWARD, station.address, path];
  const child = spawn("ip", ["netns", "exec", station.namespace, process.execPath, ...script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const askers: string[] = [];
  await new Promise<void>((ready) => {
    createInterface({ input: child.stdout }).on("line", (line) => (line === "ready" ? ready() : askers.push(line)));
  });
  return {
    url: `http://${station.address}:${PORT}${pathname}`,
    askers,
    stop: () => void child.kill(),
    close: () => {
      child.kill();
      inner.close();
    },
  };
}
