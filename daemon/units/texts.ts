import { ROOT_FOLDER, ROOT_SOCKET } from "../../app/providers.ts";
import { NO_DEBUGGER } from "../../host/no-debugger.ts";
import { MEMORY_ENV, NO_GC_HELPERS, SERVICE_ENV } from "./service-env.ts";

/** What a unit starts: Node, and omg's script. Absolute. */
export type Program = readonly [node: string, script: string];

/** Whom the machine's omgd runs as. */
export const ACCOUNT = "omgd";

export const SERVICE = "omgd.service";
export const SOCKET = "omg-root.socket";
export const ROOT_SERVICE = "omg-root@.service";

/** As long as a package's script may take that was begun. */
const PATIENCE = "15min";

/** sysusers.d(5) */
export function accountFile(): string {
  return `u ${ACCOUNT} - "omg, which follows a repository" ${SERVICE_ENV.HOME}\n`;
}

/** What both kinds of omgd have. It says itself when it can take a signal (ready.ts); exit 3 is a configuration that only a person can mend, 143 an end as it was asked for. Signals go to omgd alone, which ends its runs itself. */
function daemonLines([node, script]: Program): string {
  return `ExecStart=${[node, NO_DEBUGGER, NO_GC_HELPERS, script, "daemon", "run"].map(unitWord).join(" ")}
${environmentOf(MEMORY_ENV).join("\n")}
Type=notify
NotifyAccess=all
ExecReload=/bin/sh -c "kill -HUP $MAINPID"
Restart=always
RestartSec=30
RestartPreventExitStatus=3
SuccessExitStatus=143
KillMode=mixed
TimeoutStopSec=${PATIENCE}`;
}

/** The machine's omgd: without rights, and with as little in reach as it needs to read, to fetch and to ask omg-root. */
export function serviceUnit(program: Program): string {
  return `[Unit]
Description=omg: keeps this machine as a repository says
Documentation=man:omg-daemon-run(1)
Wants=network-online.target ${SOCKET}
After=network-online.target ${SOCKET}

[Service]
User=${ACCOUNT}
${environmentOf(SERVICE_ENV).join("\n")}
StateDirectory=omgd
CacheDirectory=omgd
RuntimeDirectory=omgd
${daemonLines(program)}
CapabilityBoundingSet=
LockPersonality=yes
NoNewPrivileges=yes
PrivateDevices=yes
PrivateTmp=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHome=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectSystem=strict
RemoveIPC=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service @pkey
SystemCallErrorNumber=EPERM
UMask=0022

[Install]
WantedBy=multi-user.target
`;
}

/** Only omgd may connect; a few at once, since each but one waits for a lock. */
export function socketUnit(): string {
  return `[Unit]
Description=omg-root, for omgd

[Socket]
ListenStream=${ROOT_SOCKET}
SocketUser=${ACCOUNT}
SocketMode=0600
RemoveOnStop=yes
Accept=yes
MaxConnections=4

[Install]
WantedBy=sockets.target
`;
}

/**
 * One request, in a unit of its own, so that whatever happens to omgd, no package manager is cut off. Nothing is kept from it: packages
 * may write anywhere. `uid`: of omgd, for the log.
 */
export function rootServiceUnit(uid: number): string {
  return `[Unit]
Description=omg-root, asked by omgd
CollectMode=inactive-or-failed

[Service]
ExecStart=${ROOT_FOLDER}/omg-root
StandardInput=socket
StandardOutput=socket
StandardError=journal
Environment=SUDO_UID=${uid}
KillMode=mixed
TimeoutStopSec=${PATIENCE}
`;
}

/** A person's own omgd, which reaches root through sudo. */
export function personalUnit(program: Program): string {
  return `[Unit]
Description=omg: keeps my environment as a repository says
Documentation=man:omg-daemon-run(1)

[Service]
${daemonLines(program)}

[Install]
WantedBy=default.target
`;
}

function environmentOf(variables: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(variables).map(([name, value]) => `Environment=${name}=${value}`);
}

/** One word of a command line (systemd.service(5), "Command lines"; systemd.unit(5), "Specifiers"). */
function unitWord(word: string): string {
  const escaped = word.replace(/[\\"]/g, "\\$&").replaceAll("%", "%%").replaceAll("$", "$$$$");
  return /^[\w./@:+,=%$-]+$/.test(escaped) ? escaped : `"${escaped}"`;
}
