using System.Runtime.InteropServices;

namespace Aldis.Cli.Terminal;

/// <summary>
/// The file descriptors that the process was started with, and the system calls on them. A descriptor that was closed at the start is
/// soon one of the runtime's own pipes or files; reading it would take bytes from the runtime, and writing it would write into them.
/// </summary>
internal static partial class Descriptors
{
    public const int Input = 0;
    public const int Output = 1;
    public const int Error = 2;

    public const short Readable = 1;
    public const short Writable = 4;

    // <fcntl.h>: the same on Linux, macOS and the BSDs.
    private const int GetDescriptorFlags = 1;
    private const int CloseOnExec = 1;

    // <errno.h>: EINTR is 4 everywhere, EAGAIN 11 on Linux and 35 elsewhere.
    private const int Interrupted = 4;

    private static readonly int WouldBlock = OperatingSystem.IsLinux() ? 11 : 35;

    /// <summary>
    /// Whether the process was started with a descriptor. What the runtime opens is closed on exec, and what was given by exec cannot be.
    /// </summary>
    /// <param name="descriptor">A number, 0 or more.</param>
    public static bool IsGiven(int descriptor) =>
        OperatingSystem.IsWindows() || Control(descriptor, GetDescriptorFlags) is var flags and >= 0 && (flags & CloseOnExec) == 0;

    /// <summary>Reads what is there, waiting for at least one byte.</summary>
    /// <returns>Bytes read; 0 at the end.</returns>
    /// <exception cref="IOException">The system refused; <see cref="Exception.HResult"/> is its errno.</exception>
    public static int Read(int descriptor, Span<byte> buffer)
    {
        while (true)
        {
            nint read = Read(descriptor, ref MemoryMarshal.GetReference(buffer), buffer.Length);
            if (read >= 0)
            {
                return (int)read;
            }

            WaitOrThrow(descriptor, Readable);
        }
    }

    /// <summary>Writes all bytes.</summary>
    /// <exception cref="IOException">The system refused; <see cref="Exception.HResult"/> is its errno.</exception>
    public static void Write(int descriptor, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            nint written = Write(descriptor, ref MemoryMarshal.GetReference(bytes), bytes.Length);
            if (written >= 0)
            {
                bytes = bytes[(int)written..];
                continue;
            }

            WaitOrThrow(descriptor, Writable);
        }
    }

    /// <summary>Goes on after a signal; waits where another program made the descriptor non-blocking, as they are shared.</summary>
    private static void WaitOrThrow(int descriptor, short events)
    {
        int error = Marshal.GetLastPInvokeError();
        if (error == WouldBlock)
        {
            var wanted = new PollDescriptor { Descriptor = descriptor, Events = events };
            _ = Poll(ref wanted, 1, -1);
        }
        else if (error != Interrupted)
        {
            throw new IOException(Marshal.GetPInvokeErrorMessage(error), error);
        }
    }

    [LibraryImport("libc", EntryPoint = "fcntl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Control(int descriptor, int command);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Read(int descriptor, ref byte buffer, nint length);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Write(int descriptor, ref readonly byte bytes, nint length);

    [LibraryImport("libc", EntryPoint = "poll")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Poll(ref PollDescriptor descriptors, nuint count, int timeoutMilliseconds);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }
}
