import { rm } from "node:fs/promises";
import { diskFullOr } from "../../host/disk.ts";
import { downloadInterrupted } from "../../host/download-error.ts";
import { FetchFailure } from "../../host/fetch-failure.ts";
import { fetchInto, type IntoOptions } from "../../host/fetch-into.ts";
import { openPartFile, type PartFile } from "../../host/part-file.ts";
import { environmentRouting } from "../../host/proxy.ts";
import type { Artifact } from "../../schema/model/artifact.ts";
import type { ArtifactSource } from "../../schema/model/artifact-source.ts";
import { PeerAgent } from "./agent.ts";
import type { Shown } from "./certificate.ts";
import { ARTIFACT, SENT_AT_ONCE } from "./offer.ts";
import type { PresentPeer } from "./present.ts";
import { inOrder } from "./rendezvous.ts";

export interface PeerSourceOptions {
  readonly shown: Shown;
  readonly peers: readonly PresentPeer[];
  readonly signal: AbortSignal;
  /** A peer broke off, lied, or is not who it should be, and is left out for a while; not that it lacks something. */
  readonly onFailure: (peer: PresentPeer, failure: FetchFailure) => void;
  /** Milliseconds: for connection and handshake, and of silence. On one network both are short. Default: 2 s and 5 s. */
  readonly connectMs?: number;
  readonly stallMs?: number;
}

/** One peer, and how it has done in this run. */
interface Standing {
  readonly key: string;
  readonly peer: PresentPeer;
  readonly agent: PeerAgent;
  /** Artifacts that it is sending. */
  busy: number;
  failures: number;
  /** Not before, by `performance.now()`. */
  restsUntil: number;
}

/** So many at a time before another home of the artifact is asked first. */
const BUSY = 2;
/** More than that waits, and does not go to a mirror. Two less than a peer sends: it learns a little later that one has arrived, and omgd asks as well. */
const MOST = SENT_AT_ONCE - 2;
const REST_MS = 10_000;
const LONGEST_REST_MS = 600_000;
/** Slower than that over ten seconds, and the next one is asked. Bytes a second. */
const SLOWEST = 16 * 1024;

/**
 * Asks teammates on this network, in the artifact's own order, and each only for what the one before left to do. Never fails because of a
 * peer: what none of them has, or all of them broke off, is not here, and what came of it stays in the file for others to go on from.
 * Errors: OmgError `interrupted`, `disk-full`.
 */
export function peerSource(options: PeerSourceOptions): ArtifactSource {
  const { shown, peers, connectMs = 2000 } = options;
  const all = peers.map((peer): Standing => {
    const agent = new PeerAgent({ place: peer, shown, members: [peer], limitMs: connectMs });
    return { key: peer.key, peer, agent, busy: 0, failures: 0, restsUntil: 0 };
  });
  const turns = openTurns();
  return async (artifact, path, onBytes) => {
    const part = await openPartFile(path).catch((error: unknown) => {
      throw diskFullOr(error, path);
    });
    let empty = true;
    try {
      onBytes(part.size);
      const done = await fromAny({ all, turns }, part, artifact, options, onBytes);
      if (done) await part.sync();
      else onBytes(-part.size); // whoever goes on from there counts it again
      empty = part.size === 0;
      return done;
    } catch (error) {
      empty = part.size === 0;
      throw diskFullOr(error, path);
    } finally {
      await part.close();
      if (empty) await rm(path, { force: true });
    }
  };
}

/** Those who wait for one of the peers to be done with something. */
interface Turns {
  next(): Promise<void>;
  done(): void;
}

function openTurns(): Turns {
  let waiting: (() => void)[] = [];
  return {
    next: () => new Promise((go) => waiting.push(go)),
    done: () => {
      const all = waiting;
      waiting = [];
      for (const go of all) go();
    },
  };
}

async function fromAny(
  { all, turns }: { readonly all: readonly Standing[]; readonly turns: Turns },
  part: PartFile,
  artifact: Artifact,
  options: PeerSourceOptions,
  onBytes: (count: number) => void,
): Promise<boolean> {
  const order = inOrder(all, artifact.sha256);
  const asked = new Set<Standing>();
  for (;;) {
    const free = order.filter((each) => !asked.has(each) && each.restsUntil <= performance.now());
    if (free.length === 0) return false;
    const next = free.find(({ busy }) => busy < BUSY) ?? free.find(({ busy }) => busy < MOST);
    if (next === undefined) {
      await turns.next();
      continue;
    }
    asked.add(next);
    try {
      if (await fromOne(next, part, artifact, options, onBytes)) return true;
    } finally {
      turns.done();
    }
  }
}

async function fromOne(
  standing: Standing,
  part: PartFile,
  { sha256, size }: Artifact,
  options: PeerSourceOptions,
  onBytes: (count: number) => void,
): Promise<boolean> {
  const { peer } = standing;
  const wanted = { sha256, ...(size === undefined ? {} : { size }) };
  standing.busy += 1;
  try {
    await fetchInto(part, `http://${peer.address}:${peer.port}${ARTIFACT}${sha256}`, wanted, {
      ...intoOptions(standing, options),
      onBytes,
    });
    standing.failures = 0;
    return true;
  } catch (error) {
    if (options.signal.aborted) throw downloadInterrupted(options.signal.reason);
    if (!(error instanceof FetchFailure)) throw error;
    if (!isAnswer(error)) {
      rest(standing, error);
      options.onFailure(peer, error);
    }
    return false;
  } finally {
    standing.busy -= 1;
  }
}

function intoOptions(
  { agent }: Standing,
  { connectMs = 2000, stallMs = 5000, signal }: PeerSourceOptions,
): Omit<IntoOptions, "onBytes"> {
  return { connectMs, stallMs, signal, agent, slowest: SLOWEST, routing: environmentRouting({}) };
}

/** It lacks this one, or has enough to do: no reason to leave it out. */
function isAnswer(failure: FetchFailure): boolean {
  return failure.isAbsent || failure.answer?.status === 503;
}

/** A liar, or somebody else at its place, is not asked again in this run; who is slow or gone, after a while. */
function rest(standing: Standing, failure: FetchFailure): void {
  standing.failures += 1;
  const forGood = failure.isMismatch || failure.reason === "certificate" || failure.reason === "redirect";
  const wait = Math.min(REST_MS * 4 ** (standing.failures - 1), LONGEST_REST_MS);
  standing.restsUntil = forGood ? Number.POSITIVE_INFINITY : performance.now() + wait;
}
