import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const RELAY = `const net = require("node:net");
const [path, port] = process.argv.slice(1);
net.createServer((near) => {
  const far = net.connect(path);
  for (const end of [near, far]) end.on("error", () => { near.destroy(); far.destroy(); });
  near.pipe(far).pipe(near);
}).listen(Number(port), "127.0.0.1", () => console.log("ready"));`;

/** Has a server at a port of this machine's loopback answer at the same port of the loopback that another network namespace has. */
export async function bridgeInto(pid: number, port: number): Promise<{ close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), "omg-bridge-"));
  const path = join(folder, "socket");
  const server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    for (const end of [near, far])
      end.on("error", () => {
        near.destroy();
        far.destroy();
      });
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((ready) => server.listen(path, ready));
  const relay = spawn("nsenter", [`--net=/proc/${pid}/ns/net`, process.execPath, "-e", RELAY, path, String(port)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await new Promise<void>((ready, fail) => {
    relay.stdout.once("data", () => ready());
    relay.once("close", (code) => fail(new Error(`the bridge ended with ${code}`)));
  });
  return {
    close: async () => {
      relay.kill("SIGKILL");
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
