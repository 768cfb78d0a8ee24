import type { Prepared } from "../../app/prepared/open.ts";
import type { Status } from "../../schema/wire/status.ts";
import type { Indexer } from "./indexer.ts";
import type { MemoryStats } from "./memory.ts";

/** What is counted, at one moment. */
export interface Counted {
  readonly version: string;
  /** Seconds since the epoch. */
  readonly now: number;
  readonly started: number;
  readonly status: Status | undefined;
  readonly prepared: Prepared | undefined;
  readonly indexer: ReturnType<Indexer["stats"]>;
  readonly memory: MemoryStats;
  /** How often each tier answered. */
  readonly tiers: Readonly<Record<string, number>>;
  readonly clients: Readonly<Record<"query" | "control", { readonly now: number; readonly refused: number }>>;
  /** Bytes. */
  readonly resident: number;
}

type Metric = readonly [
  name: string,
  kind: "gauge" | "counter",
  help: string,
  samples: readonly (readonly [labels: string, value: number | undefined])[],
];

/** Text exposition format 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/). What is not known has no sample. Pure. */
export function metricsText(counted: Counted): string {
  return metricsOf(counted)
    .flatMap(([name, kind, help, samples]): readonly string[] => {
      const lines = samples.flatMap(([labels, value]) =>
        value === undefined ? [] : [`omg_${name}${labels} ${value}\n`],
      );
      return lines.length === 0 ? [] : [`# HELP omg_${name} ${help}\n# TYPE omg_${name} ${kind}\n`, ...lines];
    })
    .join("");
}

function metricsOf({
  version,
  now,
  started,
  status,
  prepared,
  indexer,
  memory,
  tiers,
  clients,
  resident,
}: Counted): Metric[] {
  const one = (value: number | undefined): Metric[3] => [["", value]];
  const state = status?.state;
  const sockets = Object.entries(clients);
  return [
    ["build_info", "gauge", "Which omg answers.", [[`{version="${version}"}`, 1]]],
    ["start_time_seconds", "gauge", "When omgd started, since the epoch.", one(started)],
    ["resident_bytes", "gauge", "Memory of omgd's own process.", one(resident)],
    ["state", "gauge", "1 for the state that the last run published.", state ? [[`{state="${state}"}`, 1]] : []],
    [
      "status_age_seconds",
      "gauge",
      "Since the status was published.",
      one(status && Math.max(0, now - status.timestamp)),
    ],
    ["generation", "gauge", "The last generation.", one(status?.generation)],
    ["drift", "gauge", "Differences from what is in force.", one(status?.drift)],
    ["vulnerabilities", "gauge", "Known vulnerabilities of what is installed.", one(status?.vulnerabilities)],
    ["packages_installed", "gauge", "Installed packages.", one(prepared?.total)],
    ["packages_explicit", "gauge", "Installed because somebody asked for them.", one(prepared?.explicit?.count)],
    ["packages_orphaned", "gauge", "Installed and needed by nothing.", one(prepared?.orphans?.count)],
    ["packages_outdated", "gauge", "Installed with a newer version to go to.", one(prepared?.outdated?.count)],
    [
      "index_age_seconds",
      "gauge",
      "Since what is answered from was read.",
      one(prepared && Math.max(0, now - Math.floor(prepared.made / 1000))),
    ],
    ["index_builds_total", "counter", "How often that was worked out.", one(indexer.builds)],
    ["index_failures_total", "counter", "How often that could not be worked out.", one(indexer.failures)],
    ["index_build_seconds", "gauge", "How long the last time took.", one(indexer.lastMs && indexer.lastMs / 1000)],
    [
      "answers_total",
      "counter",
      "Answers by where they were from.",
      Object.entries(tiers).map(([tier, count]) => [`{tier="${tier}"}`, count]),
    ],
    ["memory_entries", "gauge", "Answers that are remembered.", one(memory.entries)],
    ["memory_bytes", "gauge", "Bytes of these.", one(memory.bytes)],
    ["memory_hits_total", "counter", "Answers that were remembered.", one(memory.hits)],
    ["memory_misses_total", "counter", "Answers that were not.", one(memory.misses)],
    ["clients", "gauge", "Connected now.", sockets.map(([name, { now: count }]) => [`{socket="${name}"}`, count])],
    [
      "clients_refused_total",
      "counter",
      "Sent away because too many were connected.",
      sockets.map(([name, { refused }]) => [`{socket="${name}"}`, refused]),
    ],
  ];
}
