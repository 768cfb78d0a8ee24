import { resolve } from "node:path";
import { withoutCredentials } from "../../host/address.ts";
import { FetchFailure } from "../../host/fetch-failure.ts";
import type { HttpOptions } from "../../host/fetch-types.ts";
import { readRegular } from "../../host/files.ts";
import { openHttp } from "../../host/http.ts";
import { environmentRouting } from "../../host/proxy.ts";
import { upload } from "../../host/upload.ts";
import { OmgError } from "../../schema/error.ts";
import type { Context } from "../context.ts";

/** A server of somebody's that keeps bundles. */
export interface Endpoint {
  readonly url: string;
  /** File with the token that the server knows its callers by. */
  readonly tokenFile?: string;
}

const TIMES = { connectMs: 15_000, stallMs: 60_000 };
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

export async function putBundle(ctx: Context, endpoint: Endpoint, file: string): Promise<void> {
  await explained(endpoint, "was not sent to", () => upload(file, addressOf(endpoint), optionsFor(ctx, endpoint)));
}

/** The bytes of what lies there, as they come. */
export async function getBundle(ctx: Context, endpoint: Endpoint): Promise<AsyncIterable<Uint8Array>> {
  const get = () => openHttp(addressOf(endpoint), optionsFor(ctx, endpoint));
  const { chunks } = await explained(endpoint, "could not be had from", get);
  return (async function* () {
    const iterator = chunks[Symbol.asyncIterator]();
    for (;;) {
      const { value, done } = await explained(endpoint, "could not be had from", () => iterator.next());
      if (done === true) return;
      yield value;
    }
  })();
}

/** @throws OmgError `usage` for anything but https, and http to this machine itself */
export function addressOf({ url }: Endpoint): URL {
  const address = URL.canParse(url) ? new URL(url) : undefined;
  const near = address?.protocol === "http:" && LOOPBACK.test(address.hostname);
  if (address !== undefined && (address.protocol === "https:" || near)) return address;
  throw usage(`${withoutCredentials(url)} is no https address.`, "Only this machine itself is spoken to by http.");
}

function optionsFor(ctx: Context, { tokenFile }: Endpoint): HttpOptions {
  const headers = tokenFile === undefined ? {} : { authorization: `Bearer ${tokenIn(resolve(ctx.cwd, tokenFile))}` };
  return { ...TIMES, signal: ctx.signal, routing: environmentRouting(ctx.env), headers };
}

/** RFC 6750, 2.1: what a token may be made of. */
function tokenIn(path: string): string {
  const token = readRegular(path, 16_384).toString("latin1").trim();
  if (/^[A-Za-z0-9._~+/-]+=*$/.test(token)) return token;
  throw usage(`${path} holds no token.`, "Letters, digits and ._~+/-= on one line.");
}

function usage(message: string, hint: string): OmgError {
  return new OmgError({ code: "usage", exit: "error", message, state: "Nothing was changed.", hint });
}

async function explained<T>({ url }: Endpoint, what: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    if (!(cause instanceof FetchFailure)) throw cause;
    throw new OmgError({
      code: "endpoint-failed",
      exit: "unreachable",
      message: `The bundle ${what} ${withoutCredentials(url)}: ${cause.message}.`,
      state: "Nothing was changed here.",
      hint: "Look at the address, the token and the network.",
      cause,
    });
  }
}
