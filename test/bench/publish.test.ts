import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

interface Publish {
  withResults(text: string, contentOf: (name: string) => string): string;
  asSection(markdown: string): string;
}

const program = new URL('../../bench/publish.mjs', import.meta.url);
const { withResults, asSection } = (await import(program.href)) as Publish;

const DOCUMENT = [
  '# Performance',
  '<!-- bench: reads -->',
  '<!-- end of reads -->',
  'Between.',
  '<!-- bench: writes -->',
  'old',
  '<!-- end of writes -->',
  '',
].join('\n');

describe('publishing results', () => {
  it('replaces what stands between the markers, and nothing else', () => {
    const published = withResults(DOCUMENT, (name) => `$& of ${name}`);
    expect(published).toContain('<!-- bench: reads -->\n\n$& of reads\n\n<!-- end of reads -->\nBetween.\n');
    expect(published).not.toContain('old');
  });

  it('changes nothing the second time', () => {
    const contentOf = (name: string) => `figures of ${name}`;
    const published = withResults(DOCUMENT, contentOf);
    expect(withResults(published, contentOf)).toBe(published);
  });

  it('puts a result below the heading of its section', () => {
    expect(asSection('# Reads\n\nText.\n\n## One board\n\n| # |\n')).toBe('Text.\n\n### One board\n\n| # |');
  });

  it('has published what bench/results holds', async () => {
    const child = spawn(process.execPath, [fileURLToPath(program), '--check'], { stdio: 'inherit' });
    const [code] = (await once(child, 'exit')) as [number];
    expect(code, 'docs/performance.md is stale: run node bench/publish.mjs').toBe(0);
  });
});
