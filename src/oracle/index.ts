export { answerLine } from './answer.ts';
export { MAX_LINE_BYTES, MAX_SPANS, PROTOCOL_VERSION } from './protocol.ts';
export { readRequest } from './request.ts';
export { serve } from './serve.ts';
