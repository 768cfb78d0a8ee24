import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Writable } from "node:stream";
import { pathsFor } from "../host/paths.ts";
import { scopeDigest } from "../reconciler/plan.ts";
import type { Store } from "../reconciler/store.ts";
import type { RemoteWriter, Request, ScopeWorld, World } from "../reconciler/world.ts";
import { EXIT, type ExitName, OmgError } from "../schema/error.ts";
import type { Desired } from "../schema/model/desired.ts";
import type { Emit } from "../schema/model/events.ts";
import type { Plan } from "../schema/model/plan.ts";
import { ARTIFACT_HEADER, NOT_HERE, type RootReply } from "../schema/wire/root-reply.ts";
import type { ApplyRequest, RootRequest } from "../schema/wire/root-request.ts";
import type { Context } from "./context.ts";
import type { AdoptResult } from "./results.ts";
import { openRootLine, type RootLine, refuseUnreachableRoot } from "./root-line.ts";

/** A digest that no plan has: root judges such a request as any other, and never carries it out. */
const NO_PLAN = "0".repeat(64);

type Result = Extract<RootReply, { type: "result" }>;

/** Reaches omg-root: a typed request in, events and an outcome out. */
export function sudoWriter(ctx: Context): RemoteWriter {
  return {
    ready: () => refuseUnreachableRoot(ctx),
    recover: async ({ binding, emit }, scope) => {
      if (scope.log.open() === undefined) return;
      await askRoot(ctx, { version: 1, verb: "recover", lock: binding.lock }, undefined, emit);
    },
    apply: async (world, scope, request, plan) => {
      const { generation } = await askRoot(ctx, applyRequest(world, scope, request, plan), scope.store, world.emit);
      if (generation === undefined) throw protocolFault("it named no generation");
      return generation;
    },
    notice: async (world, scope, request, plan) => {
      const machine = join(pathsFor("system", ctx).config, "policy.toml");
      if (!plan.verdict.violations.some(({ rule, file }) => rule.startsWith("age.") && file === machine)) return;
      const asked = { ...applyRequest(world, scope, request, plan), expected: NO_PLAN };
      await askRoot(ctx, asked, scope.store, () => undefined, "silently").catch(() => undefined);
    },
  };
}

/** Adopts, as root, what has these names among what the lock wants of the scope. */
export async function adoptAsRoot(
  ctx: Context,
  world: World,
  scope: ScopeWorld,
  names: readonly string[],
): Promise<AdoptResult> {
  const { lock, lockDigest } = world.binding;
  const desired = desiredOf(world, scope);
  const request = { version: 1, verb: "adopt", lock, lockDigest, desired, names } as const;
  const { adopted = [], already = [] } = await askRoot(ctx, request, undefined, world.emit);
  return { adopted, already };
}

/** Has omg-root bring the package lists up to date. */
export async function refreshAsRoot(ctx: Context): Promise<void> {
  await askRoot(ctx, { version: 1, verb: "refresh" }, undefined, ctx.emit);
}

function applyRequest(world: World, scope: ScopeWorld, request: Request, plan: Plan): ApplyRequest {
  const { lock, lockDigest, commit } = plan.binding;
  return {
    version: 1,
    verb: "apply",
    goal: plan.goal.type === "lock" ? plan.goal : { ...plan.goal, scope: "system" },
    lock,
    lockDigest,
    ...(commit === undefined ? {} : { commit }),
    desired: withBuilt(desiredOf(world, scope), plan),
    allowDowngrades: request.allowDowngrades,
    // An omg-root of an earlier version knows nothing of it.
    ...(request.unlessHeld === true ? { unlessHeld: true } : {}),
    expected: scopeDigest(scope, plan),
    ...bundlesFor(world, scope, plan),
  };
}

/** The other side builds nothing: it is told which bytes came out here. */
function withBuilt(desired: readonly Desired[], { transactions }: Plan): readonly Desired[] {
  const built = new Map(
    transactions
      .flatMap(({ artifacts }) => artifacts)
      .flatMap(({ address, sha256, chain }) => (chain.type === "build" ? [[address as string, sha256] as const] : [])),
  );
  if (built.size === 0) return desired;
  return desired.map((one) => ({
    ...one,
    wanted: one.wanted.map((wanted) => {
      const sha256 = built.get(`${wanted.provider}.${wanted.name}`);
      return sha256 === undefined || wanted.pin === undefined ? wanted : { ...wanted, pin: { ...wanted.pin, sha256 } };
    }),
  }));
}

/** What this side found of the provenance of what root is asked to install. */
function bundlesFor(world: World, scope: ScopeWorld, plan: Plan): Pick<ApplyRequest, "bundles"> {
  const names = new Set(scope.providers.map((provider) => provider.name));
  const own = plan.transactions.filter(({ provider }) => names.has(provider)).flatMap(({ artifacts }) => artifacts);
  const found = own.flatMap((artifact) => {
    const { bundles = [] } = world.provenance?.known(artifact) ?? {};
    return bundles.length === 0 ? [] : [[artifact.sha256, bundles] as const];
  });
  return found.length === 0 ? {} : { bundles: Object.fromEntries(found) };
}

/** The scope's part of what the lock wants: all that root has to know of it. */
function desiredOf(world: World, scope: ScopeWorld): readonly Desired[] {
  const names = new Set(scope.providers.map((provider) => provider.name));
  return world.desired.filter((desired) => names.has(desired.provider));
}

/** @param how as `openRootLine` has it */
async function askRoot(
  ctx: Context,
  request: RootRequest,
  store: Store | undefined,
  emit: Emit,
  how: "asking" | "silently" = "asking",
): Promise<Result> {
  const root = await openRootLine(ctx, how);
  const hangUp = () => void root.input.end(); // to omg-root, that nobody waits for it any more
  ctx.signal.addEventListener("abort", hangUp);
  try {
    return await converse(root, request, store, emit);
  } finally {
    ctx.signal.removeEventListener("abort", hangUp);
  }
}

async function converse(
  { input, output, ended }: RootLine,
  request: RootRequest,
  store: Store | undefined,
  emit: Emit,
): Promise<Result> {
  input.on("error", () => undefined); // an early end shows as a missing result below
  input.write(`${JSON.stringify(request)}\n`);
  let result: Result | undefined;
  let heard = false;
  for await (const line of createInterface({ input: output })) {
    const reply = parseReply(line);
    heard = true;
    if (reply.type === "event") emit(reply.event);
    else if (reply.type === "need") await sendArtifact(input, store, reply.sha256);
    else if (reply.type === "error") throw errorOf(reply);
    else result = reply;
  }
  input.end();
  const end = await ended;
  if (result !== undefined) return result;
  throw end === 1 && !heard ? consentFault() : protocolFault(`it ended with ${end} and gave no result`);
}

/** Exactly as many bytes as were announced, or an end: the other side waits for them, and says what it makes of them. */
async function sendArtifact(input: Writable, store: Store | undefined, sha256: string): Promise<void> {
  const send = (bytes: Buffer) => new Promise<void>((resolve) => input.write(bytes, () => resolve()));
  const file = store === undefined || !/^[0-9a-f]{64}$/.test(sha256) ? undefined : await openObject(store.path(sha256));
  if (file === undefined) return send(headerOf(NOT_HERE));
  try {
    const { size } = await file.stat();
    await send(headerOf(BigInt(size)));
    const buffer = Buffer.alloc(1 << 20);
    for (let sent = 0; sent < size; ) {
      const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, size - sent));
      if (bytesRead === 0) return void input.end();
      await send(buffer.subarray(0, bytesRead));
      sent += bytesRead;
    }
  } finally {
    await file.close();
  }
}

/** Undefined when the object is not there: it may go at any time, since the store is only a cache. */
async function openObject(path: string): Promise<FileHandle | undefined> {
  return open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => undefined);
}

function headerOf(length: bigint): Buffer {
  const header = Buffer.alloc(ARTIFACT_HEADER);
  header.writeBigUInt64BE(length);
  return header;
}

function parseReply(line: string): RootReply {
  try {
    return JSON.parse(line) as RootReply;
  } catch {
    throw protocolFault("it sent something that is not JSON");
  }
}

function errorOf(reply: Extract<RootReply, { type: "error" }>): OmgError {
  const exit: ExitName = reply.exit in EXIT ? (reply.exit as ExitName) : "error";
  return new OmgError({ ...reply, exit });
}

function consentFault(): OmgError {
  return new OmgError({
    code: "sudo-refused",
    exit: "consent",
    message: "sudo did not let omg-root run.",
    state: "Nothing was changed.",
    hint: "Where nobody can type a password, allow /usr/lib/omg/omg-root in sudoers without one, or run the command as root.",
  });
}

function protocolFault(what: string): OmgError {
  return new OmgError({
    code: "root-helper-failed",
    exit: "error",
    message: `omg-root did not answer as it should: ${what}.`,
    state: "What it did is in the system's log; the next run finishes or undoes it.",
    hint: "If you upgraded omg, run `sudo omg setup --yes` again so that both sides are of one version.",
  });
}
