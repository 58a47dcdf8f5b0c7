using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Aldis.Transports.Randomness;

/// <summary>
/// Random bytes that nobody can foretell. On Linux they come from the system itself, getrandom(2): the runtime's generator takes them from OpenSSL,
/// and ends the process where that is not installed. Everywhere else they are the runtime's, which asks the system there.
/// </summary>
internal static partial class SystemRandom
{
    private const int Interrupted = 4;

    /// <summary>Takes random bytes.</summary>
    /// <param name="count">How many.</param>
    /// <returns>They.</returns>
    /// <exception cref="IOException">The system gives none.</exception>
    public static byte[] GetBytes(int count)
    {
        byte[] bytes = new byte[count];
        Fill(bytes);
        return bytes;
    }

    /// <summary>Takes random bytes.</summary>
    /// <param name="bytes">Filled with them.</param>
    /// <exception cref="IOException">The system gives none.</exception>
    public static void Fill(Span<byte> bytes)
    {
        if (OperatingSystem.IsLinux())
        {
            Fill(bytes, static part => GetRandomNative(ref MemoryMarshal.GetReference(part), (nuint)part.Length, 0));
        }
        else
        {
            RandomNumberGenerator.Fill(bytes);
        }
    }

    /// <summary>Asks until all are there: beyond 256 bytes a call may be interrupted by a signal, before the first byte or in between.</summary>
    /// <param name="bytes">Filled with what is got.</param>
    /// <param name="get">One call: the number of bytes that it filled, or -1 and the error as the last of the system.</param>
    internal static void Fill(Span<byte> bytes, Source get)
    {
        while (bytes.Length > 0)
        {
            nint got = get(bytes);
            if (got < 0 && Marshal.GetLastPInvokeError() is not Interrupted and var error)
            {
                throw new IOException($"the system gives no random numbers (getrandom): {Marshal.GetPInvokeErrorMessage(error)}.");
            }

            bytes = bytes[(int)Math.Max(0, got)..];
        }
    }

    [LibraryImport("libc", EntryPoint = "getrandom", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint GetRandomNative(ref byte buffer, nuint length, uint flags);

    /// <summary>Fills the beginning of a buffer.</summary>
    internal delegate nint Source(Span<byte> bytes);
}
