package pglocal

import "syscall"

// dieWithParent lets the kernel send the signal when our process is gone, however it went. Go arms this after it has
// changed the user; the other order would disarm it.
func dieWithParent(attr *syscall.SysProcAttr, signal syscall.Signal) { attr.Pdeathsig = signal }
