import { connect, type Socket } from "node:net";
import { frameOf, openFrames } from "../../schema/wire/frames.ts";
import type { Packed } from "../../schema/wire/msgpack.ts";

type Message = { readonly [name: string]: Packed };

/** A client of omgd's sockets that sends what it is told to, bytes too. */
export interface OmgdClient {
  readonly socket: Socket;
  /** Everything that came, in order. */
  readonly heard: readonly Message[];
  send(message: Packed | Uint8Array): void;
  /** Asks a question and waits for its answer, or its error. */
  ask(question: Message): Promise<Message>;
  /** Resolves once the other end has closed. */
  readonly closed: Promise<void>;
  close(): void;
}

export async function connectTo(path: string): Promise<OmgdClient> {
  const socket = connect(path);
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  const frames = openFrames();
  const heard: Message[] = [];
  let id = 0;
  let notice = () => {};
  socket.on("data", (piece: Buffer) => {
    heard.push(...(frames.push(piece) as Message[]));
    notice();
  });
  socket.on("error", () => {});
  const closed = new Promise<void>((resolve) => {
    socket.once("close", () => {
      resolve();
      notice();
    });
  });
  return {
    socket,
    heard,
    send: (message) => {
      socket.write(message instanceof Uint8Array ? message : frameOf(message));
    },
    ask: async (question) => {
      id += 1;
      const own = id;
      socket.write(frameOf({ v: 1, id: own, ...question }));
      const isAnswer = (each: Message) =>
        each.id === own && ["answer", "error", "exit", "decline"].some((name) => name in each);
      for (;;) {
        const found = heard.find(isAnswer) ?? heard.find((each) => each.id === 0);
        if (found !== undefined) return found;
        if (socket.destroyed) throw new Error("the connection was closed without an answer");
        await new Promise<void>((resolve) => {
          notice = resolve;
        });
      }
    },
    closed,
    close: () => socket.destroy(),
  };
}
