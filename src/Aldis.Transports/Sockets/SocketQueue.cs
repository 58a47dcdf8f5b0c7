using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Aldis.Transports.Sockets;

/// <summary>What the system holds of what was written to a socket (tcp(7), unix(7): SIOCOUTQ).</summary>
internal static partial class SocketQueue
{
    // The same number on every architecture that .NET runs on under Linux.
    private const nuint OutgoingQueue = 0x5411;

    /// <summary>Bytes that the peer's system has not acknowledged (TCP), or memory whose bytes it has not read (Unix domain).</summary>
    /// <param name="socket">A connected socket.</param>
    /// <returns>0 where nothing is held, where the system cannot tell, and for a closed socket.</returns>
    public static long HeldBytes(Socket socket)
    {
        if (!OperatingSystem.IsLinux())
        {
            return 0;
        }

        try
        {
            return ControlNative(socket.SafeHandle, OutgoingQueue, out int held) == 0 ? held : 0;
        }
        catch (ObjectDisposedException)
        {
            return 0;
        }
    }

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int ControlNative(SafeHandle descriptor, nuint request, out int value);
}
