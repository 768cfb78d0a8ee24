import { chmodSync, lstatSync, renameSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { dirname } from "node:path";
import { makeFolder, temporarySibling } from "../../host/files.ts";
import { OmgError } from "../../schema/error.ts";
import { frameOf, PROTOCOL } from "../../schema/wire/frames.ts";
import { type Dialogue, serveClient } from "./client.ts";

export interface SocketPlace {
  readonly path: string;
  /** Who may connect. */
  readonly mode: number;
  /** How many at once. */
  readonly clients: number;
}

/** A socket that answers. */
export interface OpenSocket {
  /** How many are connected now, and how many were sent away. */
  readonly clients: () => { readonly now: number; readonly refused: number };
  /** Bytes of answers that wait for being taken. */
  readonly untaken: () => number;
  /** Whether who asks at the path reaches this one. */
  isThere(): boolean;
  /** Ends all that is connected, and takes the name away, unless another has it now. */
  close(): Promise<void>;
}

/** sockaddr_un(7): more bytes, the zero behind them included, no address holds. */
const LONGEST_PATH = 107;

/**
 * Listens at a path, in the place of a socket that a killed omgd left. It is there under its name only once its mode is right.
 * @throws OmgError `busy` where somebody answers there, `socket-path-long`, `socket-blocked` where something else lies there
 */
export async function openSocket<Q>(place: SocketPlace, dialogue: Dialogue<Q>): Promise<OpenSocket> {
  const { path, mode, clients } = place;
  makeFolder(dirname(path));
  const temporary = temporarySibling(path);
  if (Buffer.byteLength(temporary) > LONGEST_PATH) throw tooLong(path);
  await refuseOther(path);
  const open = new Set<Socket>();
  let refused = 0;
  const server = createServer((socket) => {
    if (open.size >= clients) {
      refused += 1;
      sendAway(socket);
      return;
    }
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    serveClient(socket, dialogue);
  });
  await listening(server, temporary);
  chmodSync(temporary, mode);
  const own = lstatSync(temporary, { bigint: true });
  renameSync(temporary, path);
  const isThere = () => {
    const found = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    return found !== undefined && found.ino === own.ino && found.dev === own.dev;
  };
  return {
    clients: () => ({ now: open.size, refused }),
    isThere,
    untaken: () => [...open].reduce((sum, { writableLength }) => sum + writableLength, 0),
    close: async () => {
      if (isThere()) rmSync(path, { force: true });
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

function sendAway(socket: Socket): void {
  socket.on("error", () => socket.destroy());
  const error = { code: "busy", message: "Too many clients are connected: try again in a moment." };
  socket.end(frameOf({ v: PROTOCOL, id: 0, error }), () => socket.destroy());
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ path, backlog: 511 }, () => {
      server.off("error", reject);
      // One that could not be taken, as where files ran out, is the client's to try again.
      server.on("error", () => undefined);
      resolve();
    });
  });
}

async function refuseOther(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw blocked(path);
  const answers = await new Promise<boolean>((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
  if (answers) throw busy(path);
}

function busy(path: string): OmgError {
  return new OmgError({
    code: "busy",
    exit: "busy",
    message: `Another omgd answers at ${path} already.`,
    state: "This one did nothing.",
    hint: "End that one first, or give this one folders of its own (OMG_RUNTIME_DIR).",
  });
}

function blocked(path: string): OmgError {
  return new OmgError({
    code: "socket-blocked",
    exit: "error",
    message: `${path} should be omgd's socket, and is something else.`,
    state: "Nothing was changed.",
    hint: `Look at what it is (ls -ld ${path}) and remove it.`,
  });
}

function tooLong(path: string): OmgError {
  return new OmgError({
    code: "socket-path-long",
    exit: "error",
    message: `${path} is too long a name for a socket.`,
    hint: "Give it a shorter folder: OMG_RUNTIME_DIR.",
  });
}
