using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Aldis.Transports.Sockets;

/// <summary>The calls of Linux that report readiness (epoll(7), eventfd(2)).</summary>
internal static partial class Epoll
{
    /// <summary>What <see cref="Wait"/> sets as the last error when a signal came first (EINTR).</summary>
    public const int Interrupted = 4;

    private const int NotImplemented = 38;

    private const int CloseOnExec = 0x80000;

    private const int OperationAdd = 1;

    /// <summary>Bytes of one entry of the kernel: events and 64 bits of ours, packed on x86 and aligned elsewhere.</summary>
    private static readonly int EntryBytes = RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.X86 ? 12 : 16;

    private static volatile bool _hasFineWait = IntPtr.Size == sizeof(long);

    /// <summary>Opens an epoll instance.</summary>
    /// <returns>Its handle, invalid on failure.</returns>
    public static SafeFileHandle Create() => CreateNative(CloseOnExec);

    /// <summary>Opens a counter that becomes readable when it is written to.</summary>
    /// <returns>Its handle, invalid on failure.</returns>
    public static SafeFileHandle CreateCounter() => CreateCounterNative(0, CloseOnExec);

    /// <summary>Makes a counter readable.</summary>
    /// <param name="counter">From <see cref="CreateCounter"/>.</param>
    public static void Increment(SafeHandle counter)
    {
        ulong one = 1;
        _ = WriteNative(counter, ref one, sizeof(ulong));
    }

    /// <summary>Begins to watch a descriptor, until it is closed.</summary>
    /// <param name="epoll">From <see cref="Create"/>.</param>
    /// <param name="descriptor">What to watch.</param>
    /// <param name="events">What to report.</param>
    /// <param name="token">What a report carries.</param>
    /// <returns>Whether it succeeded; if not, the last error says why.</returns>
    public static bool Add(SafeHandle epoll, SafeHandle descriptor, EpollEvents events, ulong token)
    {
        Span<byte> entry = stackalloc byte[EntryBytes];
        entry.Clear();
        MemoryMarshal.Write(entry, (uint)events);
        MemoryMarshal.Write(entry[(EntryBytes - sizeof(ulong))..], token);
        return ControlNative(epoll, OperationAdd, descriptor, ref MemoryMarshal.GetReference(entry)) == 0;
    }

    /// <summary>Waits for reports.</summary>
    /// <param name="epoll">From <see cref="Create"/>.</param>
    /// <param name="entries">From <see cref="CreateEntries"/>.</param>
    /// <param name="timeoutMilliseconds">0 only looks; -1 waits as long as it takes.</param>
    /// <returns>How many entries were filled; -1 on failure, with the last error.</returns>
    public static int Wait(SafeHandle epoll, byte[] entries, int timeoutMilliseconds) =>
        WaitNative(epoll, ref MemoryMarshal.GetArrayDataReference(entries), entries.Length / EntryBytes, timeoutMilliseconds);

    /// <summary>Waits for reports with a time limit finer than a millisecond (epoll_pwait2(2), Linux 5.11), or as fine as an older
    /// system can.</summary>
    /// <param name="epoll">From <see cref="Create"/>.</param>
    /// <param name="entries">From <see cref="CreateEntries"/>.</param>
    /// <param name="timeoutNanoseconds">0 only looks; -1 waits as long as it takes.</param>
    /// <returns>How many entries were filled; -1 on failure, with the last error.</returns>
    public static int WaitNanoseconds(SafeHandle epoll, byte[] entries, long timeoutNanoseconds)
    {
        const long PerMillisecond = 1_000_000;
        const long PerSecond = 1_000_000_000;
        if (timeoutNanoseconds > 0 && _hasFineWait)
        {
            Span<long> timeout = [timeoutNanoseconds / PerSecond, timeoutNanoseconds % PerSecond];
            int count = WaitFineOrNot(epoll, entries, timeout);
            if (count >= 0 || Marshal.GetLastPInvokeError() == Interrupted)
            {
                return count;
            }

            // An older system has no such call; a sandbox may answer that it is not permitted.

            _hasFineWait = false;
        }

        long milliseconds = timeoutNanoseconds <= 0 ? timeoutNanoseconds : (timeoutNanoseconds + PerMillisecond - 1) / PerMillisecond;
        return Wait(epoll, entries, (int)Math.Min(milliseconds, int.MaxValue));
    }

    /// <summary>Makes room for the reports of one <see cref="Wait"/>.</summary>
    /// <param name="count">How many.</param>
    /// <returns>The room, pinned.</returns>
    public static byte[] CreateEntries(int count) => GC.AllocateArray<byte>(count * EntryBytes, pinned: true);

    /// <summary>Reads one report.</summary>
    /// <param name="entries">Filled by <see cref="Wait"/>.</param>
    /// <param name="index">Which one.</param>
    /// <returns>What was reported, and the token given to <see cref="Add"/>.</returns>
    public static (EpollEvents Events, ulong Token) GetEntry(byte[] entries, int index)
    {
        ReadOnlySpan<byte> entry = entries.AsSpan(index * EntryBytes, EntryBytes);
        return ((EpollEvents)MemoryMarshal.Read<uint>(entry), MemoryMarshal.Read<ulong>(entry[(EntryBytes - sizeof(ulong))..]));
    }

    private static int WaitFineOrNot(SafeHandle epoll, byte[] entries, Span<long> timeout)
    {
        try
        {
            return WaitFineNative(
                epoll,
                ref MemoryMarshal.GetArrayDataReference(entries),
                entries.Length / EntryBytes,
                ref MemoryMarshal.GetReference(timeout),
                0);
        }
        catch (EntryPointNotFoundException)
        {
            Marshal.SetLastPInvokeError(NotImplemented);
            return -1;
        }
    }

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial SafeFileHandle CreateNative(int flags);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial SafeFileHandle CreateCounterNative(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint WriteNative(SafeHandle descriptor, ref ulong value, nuint count);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int ControlNative(SafeHandle epoll, int operation, SafeHandle descriptor, ref byte entry);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int WaitNative(SafeHandle epoll, ref byte entries, int count, int timeoutMilliseconds);

    [LibraryImport("libc", EntryPoint = "epoll_pwait2", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int WaitFineNative(SafeHandle epoll, ref byte entries, int count, ref long timeout, nint signals);
}
