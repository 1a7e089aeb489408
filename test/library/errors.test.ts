import { describe, expect, it } from 'vitest';
import {
  ConfigError,
  EptsweepError,
  InputError,
  InputRangeError,
  InputTypeError,
  WrmsrFault,
} from '../../src/index.ts';

const kind = new InputTypeError('slots.0.pfn', 'expected an integer, got "1"', 'did you mean 1?');
const value = new InputRangeError('', 'no such policy', undefined, 'unknown-policy');
const fault = new WrmsrFault(0, 0x2ff, 1n);

describe('errors of bad input', () => {
  it('are what JavaScript calls them, and the library knows them', () => {
    expect(kind).toBeInstanceOf(TypeError);
    expect(value).toBeInstanceOf(RangeError);
    for (const error of [kind, value]) {
      expect(error).toBeInstanceOf(Error);
      expect(error).toBeInstanceOf(EptsweepError);
      expect(error).toBeInstanceOf(InputError);
    }
    expect(kind).not.toBeInstanceOf(InputRangeError);
    expect(value).not.toBeInstanceOf(InputTypeError);
  });

  it('say path, problem and hint in one line', () => {
    expect(kind.message).toBe('slots.0.pfn: expected an integer, got "1" (did you mean 1?)');
    expect(kind).toMatchObject({ name: 'InputTypeError', code: 'bad-request', path: 'slots.0.pfn' });
    expect(value.message).toBe('no such policy');
    expect(value).toMatchObject({ name: 'InputRangeError', code: 'unknown-policy', path: '' });
  });

  it('are told from other errors', () => {
    for (const other of [new TypeError('x'), new RangeError('x'), new Error('x'), undefined, null, {}]) {
      expect(other).not.toBeInstanceOf(EptsweepError);
      expect(other).not.toBeInstanceOf(InputError);
    }
    expect(fault).toBeInstanceOf(EptsweepError);
    expect(fault).toBeInstanceOf(WrmsrFault);
    expect(fault).not.toBeInstanceOf(InputError);
    for (const error of [kind, value]) {
      expect(error).not.toBeInstanceOf(WrmsrFault);
      expect(error).not.toBeInstanceOf(ConfigError);
    }
  });
});
