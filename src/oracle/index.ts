export { answerLine } from './answer.ts';
export {
  type ErrorAnswer,
  MAX_LINE_BYTES,
  MAX_SPANS,
  type OracleError,
  type OracleErrorCode,
  PROTOCOL_VERSION,
  type RequestId,
} from './protocol.ts';
export { type OracleRequest, readRequest } from './request.ts';
export { serve } from './serve.ts';
