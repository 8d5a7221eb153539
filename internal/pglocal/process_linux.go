package pglocal

import "syscall"

// dieWithParent has the kernel send the signal to the program when this process ends in any way. Go sets it after it has
// changed the user, which would reset it.
func dieWithParent(attr *syscall.SysProcAttr, signal syscall.Signal) { attr.Pdeathsig = signal }
