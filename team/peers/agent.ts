import { Agent, type ClientRequestArgs } from "node:http";
import type { Duplex } from "node:stream";
import { connectToMember, type Handshake } from "./handshake.ts";

/** Connections to one peer at a time; the next artifact takes one that is open already. */
const AT_ONCE = 4;

/**
 * Makes the connections to one member's machine: node:http gets each only once it is known whose it is, so that nobody else
 * sees as much as a question.
 */
export class PeerAgent extends Agent {
  readonly #handshake: Handshake;

  constructor(handshake: Handshake) {
    super({ keepAlive: true, maxSockets: AT_ONCE, maxFreeSockets: AT_ONCE });
    this.#handshake = handshake;
  }

  override createConnection(
    _options: ClientRequestArgs,
    done?: (error: Error | null, socket: Duplex) => void,
  ): Duplex | null | undefined {
    connectToMember(this.#handshake).then(
      ([socket]) => done?.(null, socket),
      (cause: unknown) => done?.(cause as Error, undefined as unknown as Duplex),
    );
    return undefined;
  }
}
