import { connect, type SecureVersion, type TLSSocket } from "node:tls";
import { FetchFailure } from "../../host/fetch-failure.ts";
import type { Member } from "../../schema/model/team.ts";
import { openForm } from "../host-key.ts";
import type { Shown } from "./certificate.ts";

/** Where a teammate's omgd listens. */
export interface Place {
  /** IPv4. */
  readonly address: string;
  readonly port: number;
}

const NEWEST: SecureVersion = "TLSv1.3";

/**
 * For both ends. No authority and no name counts, so that Node's own checks have nothing to say: what counts is the key, which
 * TLS proves and `memberBehind` looks up.
 */
export function tlsOptions(shown: Shown) {
  return { ...shown, minVersion: NEWEST, maxVersion: NEWEST, rejectUnauthorized: false } as const;
}

/**
 * Whose machine is at the other end of a finished handshake; undefined for everybody who is not among these members. A session
 * that goes on from an earlier one counts as nobody's: it would carry an old look at the list.
 */
export function memberBehind(socket: TLSSocket, members: readonly Member[]): Member | undefined {
  try {
    if (socket.isSessionReused() || socket.getProtocol() !== NEWEST) return undefined;
    const key = socket.getPeerX509Certificate()?.publicKey;
    if (key?.asymmetricKeyType !== "ed25519") return undefined;
    const open = openForm(key);
    return members.find((member) => member.key === open);
  } catch {
    return undefined; // what Node makes no key of is nobody's
  }
}

/** A connection to one of these members, or none. */
export interface Handshake {
  readonly place: Place;
  readonly shown: Shown;
  readonly members: readonly Member[];
  /** For connection and handshake together. Milliseconds. */
  readonly limitMs: number;
}

/** @throws FetchFailure `certificate` where somebody else is there, `connect-timeout`, and those of connections */
export function connectToMember({ place, shown, members, limitMs }: Handshake): Promise<[TLSSocket, Member]> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: place.address, port: place.port, ...tlsOptions(shown) });
    const settle = () => {
      clearTimeout(timer);
      socket.off("error", fail).off("close", closed);
    };
    const fail = (cause: unknown) => {
      settle();
      socket.on("error", () => undefined).destroy();
      reject(cause);
    };
    const closed = () => fail(new FetchFailure("connection-failed", "the connection was closed"));
    const late = new FetchFailure("connect-timeout", `no connection within ${limitMs} ms`);
    const timer = setTimeout(() => fail(late), limitMs);
    socket.once("error", fail).once("close", closed);
    socket.once("secureConnect", () => {
      const member = memberBehind(socket, members);
      if (member === undefined)
        return fail(new FetchFailure("certificate", "its key is not the one that the team lists"));
      settle();
      resolve([socket, member]);
    });
  });
}
