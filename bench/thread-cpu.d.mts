export function threadCpuMs(): number;
