// Asks npm's registry for advisories about the locked packages, and refuses high and critical ones. A registry that does
// not take the question (a mirror, no network) is no answer and no pass: the exit code is NOT_ANSWERED.
import { spawnSync } from 'node:child_process';
import { NOT_ANSWERED } from './not-answered.mjs';

const ARGS = ['audit', '--json', '--audit-level=high', '--fetch-retries=1', '--fetch-timeout=20000'];
const ENDPOINT = '/-/npm/v1/security/';
const REFUSED = new Set(['high', 'critical']);

const { error, status, stdout, stderr } = spawnSync('npm', ARGS, { encoding: 'utf8', timeout: 90_000 });
const report = parsed(stdout);
const counts = report.metadata?.vulnerabilities;
if (counts !== undefined) {
  for (const { name, severity, range } of Object.values(report.vulnerabilities ?? {})) {
    if (REFUSED.has(severity)) console.error(`${severity}: ${name} ${range}; npm audit says more`);
  }
  console.log(['low', 'moderate', 'high', 'critical'].map((name) => `${counts[name]} ${name}`).join(', '));
  process.exitCode = status === 0 && counts.high + counts.critical === 0 ? 0 : 1;
} else if (error?.code === 'ETIMEDOUT' || report.message?.includes(ENDPOINT)) {
  // npm names the address when a request to it failed, by an HTTP status or before there was one.
  console.log(`not answered: ${report.message ?? 'npm audit took too long'}`);
  process.exitCode = NOT_ANSWERED;
} else {
  console.error(report.error?.summary || error?.message || stderr || 'npm audit said nothing');
  process.exitCode = 1;
}

function parsed(text) {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
