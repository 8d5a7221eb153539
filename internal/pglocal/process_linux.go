package pglocal

import "syscall"

// dieWithParent lets the kernel send SIGQUIT, PostgreSQL's immediate shutdown, when our process is gone, however it
// went. Go arms it after it has changed the user; the other order would disarm it.
func dieWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGQUIT }
