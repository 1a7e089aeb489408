export {
  frameCount,
  type MsrWrite,
  type Slot,
  type SlotInit,
  type Vcpu,
  type VcpuInit,
  vcpu,
} from './vcpu.ts';
