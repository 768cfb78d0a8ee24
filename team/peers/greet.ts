import { request } from "node:http";
import { FetchFailure } from "../../host/fetch-failure.ts";
import type { Member } from "../../schema/model/team.ts";
import { connectToMember, type Handshake } from "./handshake.ts";
import { COMMIT_HEADER, commitIn, HELLO } from "./offer.ts";

/** Who was found at a place, and the newest commit that is believed there: a hint. */
export interface Greeting {
  readonly member: Member;
  readonly commit: string | undefined;
}

const LONGEST = 1024;

/**
 * Finds out who is there, and tells which commit is the newest here.
 * @throws FetchFailure where that is no member, or nothing answers as it should
 */
export async function greet(handshake: Handshake, commit: string | undefined): Promise<Greeting> {
  const [socket, member] = await connectToMember(handshake);
  try {
    const answer = await new Promise<string>((resolve, reject) => {
      const { address: host, port } = handshake.place;
      const headers = commit === undefined ? {} : { [COMMIT_HEADER]: commit };
      const question = request({ createConnection: () => socket, host, port, path: HELLO, headers }, (response) => {
        let text = "";
        response.on("data", (piece: Buffer) => {
          text += piece.toString("latin1");
          if (text.length > LONGEST) question.destroy(new FetchFailure("too-long", "its greeting does not end"));
        });
        response.once("error", reject);
        response.once("end", () =>
          response.statusCode === 200 ? resolve(text) : reject(new FetchFailure("http-status", "it greets nobody")),
        );
      });
      question.setTimeout(handshake.limitMs, () => question.destroy(new FetchFailure("stalled", "it does not greet")));
      question.once("error", reject);
      question.end();
    });
    return { member, commit: commitIn(parsed(answer)) };
  } finally {
    socket.destroy();
  }
}

function parsed(text: string): unknown {
  try {
    return (JSON.parse(text) as { readonly commit?: unknown } | null)?.commit;
  } catch {
    return undefined;
  }
}
