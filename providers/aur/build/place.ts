import { join } from "node:path";
import { workerFolder } from "../../../host/worker.ts";

/** Where everything of one build lies. */
export interface Place {
  /** What the build sees, and may write. */
  readonly inside: string;
  readonly recipe: string;
  readonly sources: string;
  readonly work: string;
  readonly out: string;
  readonly home: string;
  /** With the accounts that the build sees. */
  readonly accounts: string;
}

/** Makes it, in an empty folder of the worker's. */
export function placeIn(folder: string): Place {
  const inside = workerFolder(join(folder, "inside"));
  const below = (name: string) => workerFolder(join(inside, name));
  const accounts = workerFolder(join(folder, "accounts"));
  return {
    inside,
    recipe: below("recipe"),
    sources: below("sources"),
    work: below("work"),
    out: below("out"),
    home: below("home"),
    accounts,
  };
}
