// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/ncdma: "+FD" and "-FD" stand for a device with non-coherent DMA that a VM is given, or loses.
 * /proc/large-mmio: mapped, it is host MMIO at the file's offset, by 2M pages where they fit, as vfio-pci maps a BAR.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kvm_host.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/uaccess.h>
#include <linux/version.h>

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

/* Before 6.12 neither get_user_pages nor KVM takes a large page that has no struct page. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0) && defined(CONFIG_ARCH_SUPPORTS_PMD_PFNMAP)
#define LARGE_MMIO
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 17, 0)
#include <linux/pfn_t.h>
#define as_pfn(pfn) __pfn_to_pfn_t(pfn, PFN_DEV)
#else
#define as_pfn(pfn) (pfn)
#endif

static unsigned long pfn_at(struct vm_fault *vmf, unsigned long address)
{
	return vmf->vma->vm_pgoff + ((address - vmf->vma->vm_start) >> PAGE_SHIFT);
}

static vm_fault_t small_fault(struct vm_fault *vmf)
{
	return vmf_insert_pfn(vmf->vma, vmf->address & PAGE_MASK, pfn_at(vmf, vmf->address & PAGE_MASK));
}

static vm_fault_t large_fault(struct vm_fault *vmf, unsigned int order)
{
	unsigned long start = vmf->address & PMD_MASK;
	unsigned long pfn = pfn_at(vmf, start);

	if (order != PMD_SHIFT - PAGE_SHIFT || start < vmf->vma->vm_start || start + PMD_SIZE > vmf->vma->vm_end ||
	    pfn & ((1ul << order) - 1))
		return VM_FAULT_FALLBACK;
	return vmf_insert_pfn_pmd(vmf, as_pfn(pfn), vmf->flags & FAULT_FLAG_WRITE);
}

static const struct vm_operations_struct mmio_vm_ops = { .fault = small_fault, .huge_fault = large_fault };

static int mmio_mmap(struct file *file, struct vm_area_struct *vma)
{
	vm_flags_set(vma, VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
	vma->vm_ops = &mmio_vm_ops;
	return 0;
}

static const struct proc_ops mmio_ops = { .proc_mmap = mmio_mmap };
#endif

static int __init ncdma_init(void)
{
	if (!proc_create("ncdma", 0200, NULL, &ncdma_ops))
		return -ENOMEM;
#ifdef LARGE_MMIO
	proc_create("large-mmio", 0600, NULL, &mmio_ops);
#endif
	return 0;
}

static void __exit ncdma_exit(void)
{
#ifdef LARGE_MMIO
	remove_proc_entry("large-mmio", NULL);
#endif
	remove_proc_entry("ncdma", NULL);
}

module_init(ncdma_init);
module_exit(ncdma_exit);
MODULE_LICENSE("GPL");
