/** Pictures: well-formed, accessible, in colours that can be told apart, and true to what they show. */

import { describe, expect, it } from 'vitest';
import { LINE_COLOURS, linePlot } from '../../../bench/plot.ts';
import { PRESETS, preset } from '../../../src/config/index.ts';
import { createEvaluatorSync, type View } from '../../../src/engine/index.ts';
import { policy, vcpu, vcpuOf } from '../../../src/index.ts';
import { fittedText, INK, PAPER, SOFT_INK, textWidth, wrappedText } from '../../../src/write/format/svg.ts';
import { LOOKS } from '../../../src/write/format/svg-palette.ts';
import { xmlText } from '../../../src/write/format/xml.ts';
import { barsSvgLines } from '../../../src/write/picture/bars-svg.ts';
import type { Lane } from '../../../src/write/picture/space-cells.ts';
import { type SpacePicture, spaceSvgLines } from '../../../src/write/picture/space-svg.ts';
import { REPLAY_COLOURS } from '../../../src/write/replay/svg.ts';
import { contrast } from '../contrast.ts';
import { descendants, parseXml, type XmlElement } from '../xml.ts';

const engine = createEvaluatorSync({ engine: 'auto' });

/** Two masks of few bits: millions of stretches in 4 GiB. */
const HOLES = vcpu({
  maxphyaddr: 46,
  msrs: { 0x200: 6n, 0x201: 0x3800n, 0x202: 0n, 0x203: 0xa800n, 0x2ff: 0xc00n },
});

function lane(view: View, want: Lane['want']): Lane {
  return { title: want, want, source: view, pat: 6 };
}

function picture(view: View, more: Partial<SpacePicture> = {}): SpacePicture {
  return {
    title: 'a machine',
    subtitles: ['policy'],
    range: { start: 0, end: 2 ** (view.vcpu.maxphyaddr - 12) },
    by: 'gpa',
    lanes: [lane(view, 'mtrr'), lane(view, 'ept'), lane(view, 'levels')],
    scale: 'log',
    width: 720,
    ...more,
  };
}

function drawn(of: SpacePicture): XmlElement {
  return parseXml([...spaceSvgLines(of)!].join('\n'));
}

/** The shapes of a picture: groups with a title. */
function shapes(svg: XmlElement): { title: string; rects: readonly Record<string, string>[] }[] {
  return svg.children
    .filter(({ name }) => name === 'g')
    .map(({ children }) => ({
      title: children.find(({ name }) => name === 'title')!.text,
      rects: children
        .filter(({ name, attributes }) => name === 'rect' && attributes.class === 'cell')
        .map(({ attributes }) => attributes),
    }));
}

const presetView = (name: string, under = 'kvm-6.8') => engine.view(vcpuOf(preset(name), 0), policy(under));

describe('the colours', () => {
  it.each(['light', 'dark'] as const)(
    'of text stand out by 4.5 on %s paper, those of lines by 3',
    (scheme) => {
      expect(contrast(INK[scheme], PAPER[scheme])).toBeGreaterThan(4.5);
      expect(contrast(SOFT_INK[scheme], PAPER[scheme])).toBeGreaterThan(4.5);
      const fills = [...Object.values(REPLAY_COLOURS[scheme]), ...LINE_COLOURS[scheme]];
      for (const fill of fills) expect(contrast(fill, PAPER[scheme]), fill).toBeGreaterThan(3);
    },
  );

  it.each(['light', 'dark'] as const)(
    'of looks: outlines and patterns stand out by 3, text by 4.5 (%s)',
    (scheme) => {
      for (const [name, look] of Object.entries(LOOKS)) {
        const { fill, mark } = look[scheme];
        expect(contrast(INK[scheme], fill), `outline of ${name}`).toBeGreaterThan(4.5);
        if (look.pattern !== '') expect(contrast(mark, fill), `pattern of ${name}`).toBeGreaterThan(3);
      }
    },
  );

  it('are not all there is: no two looks of one lane share a pattern', () => {
    const types = ['UC', 'WC', 'WT', 'WP', 'WB', 'undefined'] as const;
    const levels = ['4K', '2M', '1G', 'not mapped'] as const;
    for (const looks of [types, levels, ['same', 'differs'] as const]) {
      const patterns = looks.map((name) => LOOKS[name].pattern);
      expect(new Set(patterns).size).toBe(looks.length);
    }
  });
});

describe('text', () => {
  it('is escaped, and what XML cannot write is replaced', () => {
    expect(xmlText('a<b & "c">\u0000\ud800')).toBe('a&lt;b &amp; &quot;c&quot;&gt;\\u0000\\ud800');
    expect(xmlText('\u{1f600}')).toBe('\u{1f600}');
  });

  it('is cut and wrapped to the room there is', () => {
    const long = 'kernel-'.repeat(40);
    expect(textWidth(fittedText(long, 200, 16), 16)).toBeLessThanOrEqual(200);
    const lines = wrappedText('one two three four five six seven eight nine ten', 100, 16, 3);
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(textWidth(line, 16)).toBeLessThanOrEqual(100);
  });
});

/** Presets of hosts that have EPT: an AMD host has none to draw. */
const WITH_EPT = PRESETS.map(({ name }) => name).filter((name) => preset(name).host.vendor !== 'amd');

describe('a picture of an address space', () => {
  it.each(WITH_EPT)('of %s is well-formed, accessible and fills its lanes', (name) => {
    for (const [scale, width] of [
      ['log', 720],
      ['linear', 720],
      ['log', 400],
    ] as const) {
      const svg = drawn(picture(presetView(name), { scale, width }));
      const id = svg.attributes.id!;
      expect(svg.attributes).toMatchObject({ role: 'img', 'aria-labelledby': `${id}-title ${id}-desc` });
      const [title, desc] = svg.children;
      expect([title!.name, title!.attributes.id, desc!.name, desc!.attributes.id]).toEqual([
        'title',
        `${id}-title`,
        'desc',
        `${id}-desc`,
      ]);
      expect(desc!.text).toMatch(/^Address space 0x0-0x[0-9a-f]+ in [\d,]+ stretches and 3 lanes\. mtrr: \w/);
      const all = shapes(svg);
      for (const want of ['mtrr', 'ept', 'levels']) {
        const rects = all
          .filter(({ title: text }) => text.includes(`: ${want}: `))
          .flatMap(({ rects: own }) => own);
        const right = Math.max(...rects.map(({ x, width: w }) => Number(x) + Number(w)));
        const left = Math.min(...rects.map(({ x }) => Number(x)));
        expect([left, right]).toEqual([16, expect.closeTo(width - 16, 0)]);
        for (const rect of rects) expect(Number(rect.width)).toBeGreaterThan(4);
      }
    }
  });

  it('says of each shape where it lies and what it is, without gaps', () => {
    const view = presetView('thinkpad-t400', 'sdm');
    const titles = shapes(drawn(picture(view, { lanes: [lane(view, 'mtrr')] }))).map(({ title }) => title);
    const spans = titles.map((title) => {
      const [, first, last, answer] = /^0x([\da-f]+)-0x([\da-f]+), \S+: mtrr: (\S+)$/.exec(title)!;
      return { first: BigInt(`0x${first}`), last: BigInt(`0x${last}`), answer };
    });
    spans.reduce((before, { first, last }) => {
      expect(first).toBe(before);
      return last + 1n;
    }, 0n);
    for (const { first, last, answer } of spans) {
      const names: Record<number, string> = { 0: 'UC', 1: 'WC', 4: 'WT', 5: 'WP', 6: 'WB' };
      const [only, ...others] = view.totals('mtrr', {
        range: { start: Number(first >> 12n), end: Number((last + 1n) >> 12n) },
      });
      expect([names[only!.type!], others]).toEqual([answer, []]);
    }
  });

  it('hatches what is undefined, and marks IPAT', () => {
    const guest = vcpu({
      maxphyaddr: 36,
      msrs: { 0x200: 5n, 0x201: 0xfff000800n, 0x202: 6n, 0x203: 0xfff000800n, 0x2ff: 0x800n },
    });
    const view = engine.view(guest, policy('sdm'));
    const text = [...spaceSvgLines(picture(view))!].join('\n');
    expect(text).toContain('mtrr: undefined');
    expect(text).toMatch(/<pattern id="e\w+-look-undefined"/);
    expect(text).toContain('undefined overlap');
    const recent = engine.view(vcpu({ maxphyaddr: 36 }), policy('kvm-6.16'));
    const withIpat = [...spaceSvgLines(picture(recent, { lanes: [lane(recent, 'ept')] }))!].join('\n');
    expect(withIpat).toContain('class="ipat"');
    expect(withIpat).toContain('ept: WB + IPAT');
  });

  it('draws millions of stretches as few shapes, with shares that are counted', () => {
    const view = engine.view(HOLES, policy('sdm'));
    for (const scale of ['log', 'linear'] as const) {
      const svg = drawn(picture(view, { scale, lanes: [lane(view, 'mtrr')] }));
      const all = shapes(svg);
      expect(all.flatMap(({ rects }) => rects).length).toBeLessThan(400);
      const mixed = all.filter(({ title }) => title.includes('mixed'));
      expect(mixed.length).toBeGreaterThan(0);
      expect(mixed.at(-1)!.title).toMatch(/mixed: UC 87\.5 %, WB 12\.5 %/);
      const [uc, wb] = mixed.at(-1)!.rects.map(({ height }) => Number(height));
      expect(uc! + wb!).toBeCloseTo(32.4, 1);
      expect(uc!).toBeGreaterThan(5 * wb!);
      expect(
        [...descendants(svg)].some(({ text }) => text === 'mixed: heights are shares of the pages'),
      ).toBe(true);
    }
  });

  it('draws slivers wider than to scale on the linear scale, and says so', () => {
    const page = { 0x200: 0x800_0000_0000n, 0x201: 0x3fff_ffff_f800n, 0x2ff: 0x806n };
    const view = engine.view(vcpu({ maxphyaddr: 46, msrs: page }), policy('sdm'));
    const svg = drawn(picture(view, { scale: 'linear', lanes: [lane(view, 'mtrr')] }));
    const sliver = shapes(svg).find(({ title }) => title.includes('UC'))!;
    expect(sliver.title).toMatch(/^0x80000000000-0x80000000fff, 4K: mtrr: UC; drawn wider than to scale$/);
    expect(Number(sliver.rects[0]!.width)).toBe(6);
    expect([...descendants(svg)].some(({ text }) => text === 'drawn wider than to scale')).toBe(true);
  });

  it('says where lanes differ, also inside of what it cannot draw', () => {
    const [a, b] = [
      engine.view(HOLES, policy('sdm')),
      engine.view(vcpu({ maxphyaddr: 46, msrs: { 0x2ff: 0x800n } }), policy('sdm')),
    ];
    const lanes = [lane(a, 'mtrr'), { ...lane(b, 'mtrr'), title: 'other' }];
    const differing = (range: { start: number; end: number }) =>
      Number(engine.compare(a, b, 'mtrr', { range }).pages);
    const all = shapes(drawn(picture(a, { lanes, differing }))).filter(({ title }) =>
      title.includes('differ?'),
    );
    expect(all.at(-1)!.title).toMatch(/do they differ\?: mixed: same 87\.5 %, differs 12\.5 %$/);
    const none = shapes(drawn(picture(a, { lanes: [lanes[0]!, lanes[0]!], differing: () => 0 })));
    expect(none.at(-1)!.title).toMatch(/do they differ\?: same$/);
  });

  it('has text of 9 pixels or more where it is shown 400 wide', () => {
    for (const width of [320, 400, 720]) {
      const text = [...spaceSvgLines(picture(presetView('ovmf-gpu'), { width }))!].join('');
      const size = Number(/font:([\d.]+)px/.exec(text)![1]);
      expect(size * Math.min(1, 400 / width)).toBeGreaterThanOrEqual(8.99);
    }
  });

  it('keeps labels apart: no two ticks of a row overlap, none leaves the picture', () => {
    for (const name of WITH_EPT) {
      const svg = drawn(picture(presetView(name)));
      const ticks = svg.children
        .filter(({ text }) => /^0x[\da-f]+$/.test(text))
        .map(({ attributes, text }) => {
          const half = (text.length * 16.2 * 0.6) / 2;
          const x = Number(attributes.x);
          return { y: attributes.y, from: x - half, to: x + half };
        });
      expect(ticks.length).toBeGreaterThan(3);
      for (const [k, one] of ticks.entries()) {
        expect(one.from).toBeGreaterThan(0);
        expect(one.to).toBeLessThan(720);
        for (const other of ticks.slice(k + 1)) {
          if (one.y === other.y) expect(one.to <= other.from || other.to <= one.from).toBe(true);
        }
      }
    }
  });

  it('says values in fewer words where they do not fit, and cuts none off', () => {
    const bars = [
      { name: 'MTRR type UC', value: 133_051_424, text: '507.55G, 133,051,424 pages', shortText: '507.55G' },
      { name: 'MTRR type WC', value: 8, text: '32K, 8 pages', shortText: '32K' },
    ];
    for (let width = 320; width <= 720; width += 20) {
      const texts = [...descendants(parseXml([...barsSvgLines({ title: 'a', bars, width })].join('\n')))];
      expect(texts.map(({ text }) => text).filter((text) => text.includes('\u2026'))).toEqual([]);
    }
  });

  it('has dark colours for screens only: paper is always light', () => {
    const text = [...spaceSvgLines(picture(presetView('ovmf-gpu')))!].join('');
    expect(text).toContain('@media screen and (prefers-color-scheme:dark)');
    expect(text).not.toMatch(/@media \(prefers-color-scheme/);
    expect(text).toContain('print-color-adjust:exact');
  });

  it('shares no names with another picture in the same page, and no style with the page', () => {
    const ids = ['ovmf-gpu', 'thinkpad-t400'].map(
      (name) => drawn(picture(presetView(name), { title: name })).attributes.id,
    );
    expect(ids[0]).not.toBe(ids[1]);
    const style = /<style>(.*?)<\/style>/.exec(
      [...spaceSvgLines(picture(presetView('ovmf-gpu')))!].join(''),
    )![1]!;
    const selectors = style.replace(/@media[^{]*\{/g, '').matchAll(/([^{}]+)\{/g);
    for (const [, selector] of selectors) {
      for (const one of selector!.split(',')) expect(one.trim()).toMatch(/^#e\w+ /);
    }
  });
});

describe('bars and plots', () => {
  it('are as long as the logarithms of their values, and none where there is none', () => {
    const bars = [1, 1024, 2 ** 20, 0].map((value) => ({ name: `n${value}`, value, text: String(value) }));
    const svg = parseXml([...barsSvgLines({ title: 'bars <&>', bars, width: 720 })].join('\n'));
    const widths = shapes(svg).map(({ rects }) => Number(rects[0]!.width));
    expect(widths).toHaveLength(3);
    expect(widths[2]! - widths[1]!).toBeCloseTo(widths[1]! - widths[0]!, 1);
    expect(svg.children[0]!.text).toBe('bars <&>');
    expect(svg.children[1]!.text).toContain('n1024: 1024');
  });

  it('of lines are well-formed, with a title and a sentence', () => {
    const svg = parseXml(
      linePlot('time', 'pages', 'ms', [
        {
          name: 'a',
          points: [
            [1, 2],
            [2, 4],
          ],
        },
        {
          name: 'b',
          points: [
            [1, 3],
            [2, 3],
          ],
        },
      ]),
    );
    expect(svg.attributes.role).toBe('img');
    expect(svg.children[1]!.text).toBe('ms by pages. a: 2 ms at 1, 4 at 2; b: 3 ms at 1, 3 at 2.');
  });
});
