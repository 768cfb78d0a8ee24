import { ARTIFACT_HEADER, type RootReply } from "../../schema/wire/root-reply.ts";
import type { SudoLab } from "./sudo-lab.ts";

/** Asks omg-root as alice, with a request of one line, and answers its questions for bytes. @returns everything that it said */
export async function askRoot(
  lab: SudoLab,
  request: string,
  answer: (sha256: string) => Buffer | undefined,
): Promise<RootReply[]> {
  const replies: RootReply[] = [];
  await lab.debian.run(["/usr/bin/sudo", "-n", "/usr/lib/omg/omg-root"], {
    user: "alice",
    onStart: (child) => {
      let rest = "";
      child.stdout?.on("data", (chunk: Buffer) => {
        const lines = (rest + chunk.toString()).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) {
          const reply = JSON.parse(line) as RootReply;
          replies.push(reply);
          if (reply.type === "need") send(answer(reply.sha256), (bytes) => child.stdin?.write(bytes));
        }
      });
      child.stdin?.write(request);
    },
  });
  return replies;
}

function send(bytes: Buffer = Buffer.alloc(0), write: (bytes: Buffer) => void): void {
  const header = Buffer.alloc(ARTIFACT_HEADER);
  header.writeBigUInt64BE(BigInt(bytes.length));
  write(Buffer.concat([header, bytes]));
}
