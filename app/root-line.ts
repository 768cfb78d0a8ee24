import { spawn } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { dirname, join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { OmgError } from "../schema/error.ts";
import type { Context } from "./context.ts";
import { ROOT_FOLDER, ROOT_SOCKET } from "./providers.ts";

const SUDO = "/usr/bin/sudo";

/** A conversation with omg-root. */
export interface RootLine {
  readonly input: Writable;
  readonly output: Readable;
  /** Resolves with its exit code, or with what ended it. */
  readonly ended: Promise<number | string>;
}

/**
 * Starts omg-root: where systemd listens for it and lets this user in, through that; otherwise through sudo.
 * @param how `silently`: only where it runs without a word
 * @throws OmgError `no-root-helper`, `no-sudo`
 */
export async function openRootLine(ctx: Context, how: "asking" | "silently"): Promise<RootLine> {
  const socket = maySpeakTo(ROOT_SOCKET) ? await connected(ROOT_SOCKET) : undefined;
  return socket === undefined ? throughSudo(ctx, how) : overSocket(socket);
}

/** @throws OmgError as `openRootLine`, before anybody is asked anything */
export function refuseUnreachableRoot(ctx: Context): void {
  if (!maySpeakTo(ROOT_SOCKET)) rootProgram(ctx);
}

/** connect(2) to a socket needs leave to write to it. */
function maySpeakTo(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Undefined where nobody listens there any more. */
function connected(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ path, allowHalfOpen: true });
    socket.once("connect", () => resolve(socket));
    socket.once("error", () => resolve(undefined));
  });
}

function overSocket(socket: Socket): RootLine {
  const ended = new Promise<string>((resolve) => socket.once("close", () => resolve("its connection")));
  // It stays open for as long as one side has something to say.
  socket.once("end", () => socket.end());
  return { input: socket, output: socket, ended };
}

function throughSudo(ctx: Context, how: "asking" | "silently"): RootLine {
  const program = rootProgram(ctx);
  const silent = how === "silently";
  const quiet = silent || ctx.confirm === undefined ? ["-n"] : [];
  const errors = silent ? "ignore" : "inherit";
  const child = spawn(SUDO, [...quiet, "--", program], { cwd: "/", stdio: ["pipe", "pipe", errors], detached: false });
  const ended = new Promise<number | string>((resolve) => child.once("close", (code) => resolve(code ?? "a signal")));
  // There are both, since both are asked for as pipes.
  return { input: child.stdin as Writable, output: child.stdout as Readable, ended };
}

/** Path of omg-root. @throws OmgError `no-root-helper`, `no-sudo` */
function rootProgram(ctx: Context): string {
  const program = join(ROOT_FOLDER, "omg-root");
  if (!existsSync(program)) {
    throw new OmgError({
      code: "no-root-helper",
      exit: "consent",
      message: `Changing packages needs root, and ${program} is not there yet.`,
      state: "Nothing was changed.",
      hint: `Put it there once with \`sudo ${join(dirname(ctx.program), "bin", "omg")} setup\`, which says what it does; or run this command as root.`,
    });
  }
  if (!existsSync(SUDO))
    throw new OmgError({
      code: "no-sudo",
      exit: "consent",
      message: "Changing packages needs root, and there is no sudo here.",
      state: "Nothing was changed.",
      hint: "Run this command as root.",
    });
  return program;
}
