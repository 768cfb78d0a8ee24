import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { dirname } from "node:path";
import type { HostKey } from "../../team/host-key.ts";
import { shownKey } from "../../team/peers/certificate.ts";
import type { Station } from "./net-lab.ts";

const PROJECT = dirname(dirname(import.meta.dirname));

/** What a member's machine may do that no honest omgd does. */
export type Lie = "other bytes" | "endless bytes" | "slow bytes" | "half, and then it leaves";

/** A program on a station that announces itself as omgd does, and lies: a fake, for the real one does not on demand. */
const LIAR = `
import bonjour from "bonjour-service";
import { randomBytes } from "node:crypto";
import { createServer } from "node:https";
const [address, lie, cert, key, word = "{}"] = process.argv.slice(1);
const tell = {
  "other bytes": (answer) => answer.end(randomBytes(5000)),
  "endless bytes": (answer) => {
    const more = () => (answer.destroyed ? 0 : answer.write(randomBytes(65536)) ? setImmediate(more) : answer.once("drain", more));
    more();
  },
  "slow bytes": (answer) => {
    const timer = setInterval(() => answer.write("x"), 200);
    answer.once("close", () => clearInterval(timer));
  },
  "half, and then it leaves": (answer) => {
    answer.writeHead(200, { "content-length": 100000 });
    answer.write(randomBytes(100), () => process.exit());
  },
};
const server = createServer({ cert, key, requestCert: true, rejectUnauthorized: false, minVersion: "TLSv1.3" }, (question, answer) => {
  if (question.url === "/1/hello") return answer.end(word);
  console.log(question.url);
  tell[lie](answer);
});
server.listen(0, address, () => {
  const { port } = server.address();
  new bonjour({ interface: address, bind: "0.0.0.0" }).publish({ name: "x" + port, type: "omg-peer", port, host: "x.local", probe: false });
  console.log("ready");
});
`;

export interface OddPeer {
  readonly child: ChildProcess;
  /** Paths that it was asked for. */
  readonly asked: readonly string[];
}

export function startLiar(station: Station, key: HostKey, lie: Lie): Promise<OddPeer> {
  return start(station, key, lie);
}

/** One that greets with this word, and sends other bytes to whoever asks for what it speaks of. */
export function startTeller(station: Station, key: HostKey, word: string): Promise<OddPeer> {
  return start(station, key, "other bytes", word);
}

async function start(station: Station, key: HostKey, lie: Lie, ...word: readonly string[]): Promise<OddPeer> {
  const { cert, key: secret } = shownKey(key.privateKey);
  const script = ["--input-type=module", "-e", LIAR, station.address, lie, cert, secret, ...word];
  const child = spawn("ip", ["netns", "exec", station.namespace, process.execPath, ...script], {
    cwd: PROJECT,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const asked: string[] = [];
  await new Promise<void>((ready) => {
    child.stdout.on("data", (piece: Buffer) => {
      asked.push(
        ...piece
          .toString()
          .split("\n")
          .filter((line) => line.startsWith("/")),
      );
      if (piece.includes("ready")) ready();
    });
  });
  return { child, asked };
}

const ASKER = `
import { request } from "node:https";
const [address, port, cert, key, ...paths] = process.argv.slice(1);
for (const path of paths)
  await new Promise((done) => {
    const tls = { cert: cert || undefined, key: key || undefined, rejectUnauthorized: false, agent: false };
    const question = request({ host: address, port, path, ...tls }, (answer) => {
      let bytes = 0;
      answer.on("data", (piece) => (bytes += piece.length));
      answer.on("end", () => done(console.log(answer.statusCode + " " + bytes)));
    });
    question.on("error", () => done(console.log("cut off")));
    question.end();
  });
`;

/** Asks a machine's omgd from another station, with this key or none. @returns for each path: status and bytes, or that it was cut off */
export function ask(
  from: Station,
  place: { readonly address: string; readonly port: number },
  key: HostKey | undefined,
  paths: readonly string[],
): readonly string[] {
  const shown = key === undefined ? { cert: "", key: "" } : shownKey(key.privateKey);
  const script = [
    "--input-type=module",
    "-e",
    ASKER,
    place.address,
    String(place.port),
    shown.cert,
    shown.key,
    ...paths,
  ];
  const args = ["netns", "exec", from.namespace, process.execPath, ...script];
  return execFileSync("ip", args, { encoding: "utf8" }).trim().split("\n");
}
