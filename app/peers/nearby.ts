import { pathsFor } from "../../host/paths.ts";
import type { World } from "../../reconciler/world.ts";
import { OmgError } from "../../schema/error.ts";
import type { ArtifactSource } from "../../schema/model/artifact-source.ts";
import type { LockIdentity } from "../../schema/model/desired.ts";
import { readHostKey } from "../../team/host-key.ts";
import { shownKey } from "../../team/peers/certificate.ts";
import { readPresent } from "../../team/peers/present.ts";
import type { Context } from "../context.ts";
import { keepObjects } from "../evidence.ts";

/**
 * Teammates' machines on this network, as this user's own omgd found them; undefined where none are near, or the run is about another
 * repository than the one they share. What they do wrong is told as a warning, and nothing fails because of it.
 */
export async function nearbySource(ctx: Context, lock: LockIdentity): Promise<ArtifactSource | undefined> {
  const paths = pathsFor(ctx.uid === 0 ? "system" : "user", ctx);
  const present = readPresent(paths.state, ctx.now());
  if (present === undefined || present.peers.length === 0 || present.repository !== lock.repository) return undefined;
  const key = readHostKey(paths.data);
  if (key === undefined) return undefined;
  const { peerSource } = await import("../../team/peers/source.ts"); // with all of http and TLS
  return peerSource({
    shown: shownKey(key.privateKey),
    peers: present.peers,
    signal: ctx.signal,
    onFailure: (peer, failure) =>
      ctx.emit({
        type: "warning",
        message: `${peer.name}'s machine (${peer.address}) is left out: ${failure.message}.`,
        hint: "Others are asked instead. Nothing of what it sent counts unless its hash is right.",
      }),
  });
}

/** A world whose teammates are counted, and what is to be said of it afterwards. */
export function countingNearby(world: World): { readonly world: World; readonly notes: () => readonly string[] } {
  let count = 0;
  const nearby = async (): Promise<ArtifactSource | undefined> => {
    const source = await world.nearby?.();
    if (source === undefined) return undefined;
    return async (...asked) => {
      const done = await source(...asked);
      if (done) count += 1;
      return done;
    };
  };
  const said = () => `${count} ${count === 1 ? "artifact" : "artifacts"} came from teammates on this network.`;
  return {
    world: world.nearby === undefined ? world : { ...world, nearby },
    notes: () => (count === 0 ? [] : [said()]),
  };
}

/**
 * Keeps the signed lists that prove a lock's pins, where this machine has them anyway and shares this lock with teammates: one that comes to them
 * later, with its mirror away, has nobody else to get them from. What is in the way of it is told as a warning.
 */
export async function keepForTeammates(ctx: Context, world: World): Promise<void> {
  const { state } = pathsFor(ctx.uid === 0 ? "system" : "user", ctx);
  if (world.forOthers || readPresent(state, ctx.now())?.repository !== world.binding.lock.repository) return;
  try {
    for (const { provider: name, indexes = {} } of world.desired)
      for (const { store, providers } of world.scopes) {
        const provider = providers.find((each) => each.name === name);
        if (provider?.evidence === undefined || Object.keys(indexes).length === 0) continue;
        await keepObjects(store, await provider.evidence(indexes));
      }
  } catch (cause) {
    if (!(cause instanceof OmgError)) throw cause;
    const message = `The signed lists of this lock are not kept for teammates: ${cause.message}`;
    ctx.emit({ type: "warning", message, hint: "The apply itself is done." });
  }
}
