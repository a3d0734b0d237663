/* STAND-IN */
export function gradCam() { return null; }
