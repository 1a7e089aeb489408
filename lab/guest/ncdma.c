// SPDX-License-Identifier: GPL-2.0
/* /proc/ncdma: "+FD" and "-FD" stand for a device with non-coherent DMA that a VM is given, or loses. */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kvm_host.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/uaccess.h>

static ssize_t ncdma_write(struct file *file, const char __user *text, size_t length, loff_t *at)
{
	char buffer[16] = "";
	struct file *vm;
	unsigned int fd;

	if (length >= sizeof(buffer) || copy_from_user(buffer, text, length))
		return -EINVAL;
	if (kstrtouint(strim(buffer) + 1, 10, &fd))
		return -EINVAL;
	vm = fget(fd);
	if (!vm)
		return -EBADF;
	if (buffer[0] == '+')
		kvm_arch_register_noncoherent_dma(vm->private_data);
	else
		kvm_arch_unregister_noncoherent_dma(vm->private_data);
	fput(vm);
	return length;
}

static const struct proc_ops ncdma_ops = { .proc_write = ncdma_write };

static int __init ncdma_init(void)
{
	return proc_create("ncdma", 0200, NULL, &ncdma_ops) ? 0 : -ENOMEM;
}

static void __exit ncdma_exit(void)
{
	remove_proc_entry("ncdma", NULL);
}

module_init(ncdma_init);
module_exit(ncdma_exit);
MODULE_LICENSE("GPL");
