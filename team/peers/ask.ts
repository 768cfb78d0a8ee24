import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from "node:http";
import { FetchFailure } from "../../host/fetch-failure.ts";
import type { Member } from "../../schema/model/team.ts";
import { connectToMember, type Handshake } from "./handshake.ts";

/** What a teammate's machine answered to one question, whole. */
export interface Answered {
  readonly member: Member;
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface AskLimits {
  /** Bytes of the answer. */
  readonly longest: number;
  /** For all of it, after the handshake. Milliseconds. */
  readonly limitMs: number;
}

/**
 * Asks on a connection of its own, and reads the answer into memory.
 * @throws FetchFailure where that is no member, or the answer does not end within these limits
 */
export async function askMember(
  handshake: Handshake,
  path: string,
  headers: OutgoingHttpHeaders,
  { longest, limitMs }: AskLimits,
): Promise<Answered> {
  const [socket, member] = await connectToMember(handshake);
  let late: NodeJS.Timeout | undefined;
  try {
    return await new Promise<Answered>((resolve, reject) => {
      const { address: host, port } = handshake.place;
      const question = request({ createConnection: () => socket, host, port, path, headers }, (response) => {
        const pieces: Buffer[] = [];
        let size = 0;
        response.on("data", (piece: Buffer) => {
          size += piece.length;
          if (size > longest) question.destroy(new FetchFailure("too-long", "its answer does not end"));
          else pieces.push(piece);
        });
        response.once("error", reject);
        response.once("end", () => {
          const { statusCode: status, headers: told } = response;
          resolve({ member, status, headers: told, body: Buffer.concat(pieces) });
        });
      });
      late = setTimeout(() => question.destroy(new FetchFailure("stalled", "it does not answer")), limitMs);
      question.once("error", reject);
      question.end();
    });
  } finally {
    clearTimeout(late);
    socket.destroy();
  }
}
