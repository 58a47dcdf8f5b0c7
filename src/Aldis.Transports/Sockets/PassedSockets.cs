using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Aldis.Transports.Packets;

namespace Aldis.Transports.Sockets;

/// <summary>
/// Sockets that were bound before the process began and came with it (socket activation, sd_listen_fds(3)): a listener at an address that one of
/// them has takes it instead of binding its own. Clients then lose nothing where a server is started anew: what comes meanwhile waits
/// at the socket. Thread-safe.
/// </summary>
internal sealed partial class PassedSockets
{
    // SD_LISTEN_FDS_START: those before are the standard streams.
    private const int FirstDescriptor = 3;

    // <fcntl.h> of Linux: the only system that has this.
    private const int DuplicateCloseOnExec = 1030;

    private readonly Lock _lock = new();
    private readonly List<Passed> _sockets = [];

    private PassedSockets()
    {
    }

    /// <summary>Those of this process.</summary>
    public static PassedSockets OfProcess { get; } = Read(Environment.GetEnvironmentVariable, Environment.ProcessId);

    /// <summary>What was passed and no listener took, a sentence for each.</summary>
    public IReadOnlyList<string> Unused
    {
        get
        {
            lock (_lock)
            {
                return [.. _sockets.Where(static passed => !passed.IsTaken).Select(static passed => passed.ToString())];
            }
        }
    }

    /// <summary>Reads what the environment says of descriptors.</summary>
    /// <param name="variable">Gives the value of a variable.</param>
    /// <param name="processId">The process that is to be meant.</param>
    public static PassedSockets Read(Func<string, string?> variable, int processId)
    {
        var passed = new PassedSockets();
        if (!OperatingSystem.IsLinux()
            || !int.TryParse(variable("LISTEN_PID"), NumberStyles.None, CultureInfo.InvariantCulture, out int process) || process != processId
            || !int.TryParse(variable("LISTEN_FDS"), NumberStyles.None, CultureInfo.InvariantCulture, out int count))
        {
            return passed;
        }

        string[] names = variable("LISTEN_FDNAMES")?.Split(':') ?? [];
        for (int index = 0; index < count; index++)
        {
            passed._sockets.Add(new Passed(FirstDescriptor + index, index < names.Length ? names[index] : string.Empty));
        }

        return passed;
    }

    /// <summary>Whether one is bound to an address.</summary>
    /// <param name="place">The address.</param>
    /// <param name="type">Stream or datagram, where the address does not say it itself.</param>
    public bool Has(EndPoint place, SocketType type)
    {
        lock (_lock)
        {
            return _sockets.Exists(passed => passed.IsAt(place, type));
        }
    }

    /// <summary>The socket that is bound to an address, once more each time: what is opened again finds it again.</summary>
    /// <param name="place">The address.</param>
    /// <param name="type">Stream or datagram, where the address does not say it itself.</param>
    /// <returns>Null where none is.</returns>
    /// <exception cref="SocketException">The system has no descriptor for it.</exception>
    public Socket? Take(EndPoint place, SocketType type)
    {
        lock (_lock)
        {
            if (_sockets.Find(passed => passed.IsAt(place, type)) is not { } found)
            {
                return null;
            }

            int copy = Duplicate(found.Descriptor, DuplicateCloseOnExec, FirstDescriptor);
            if (copy < 0)
            {
                throw new SocketException(Marshal.GetLastPInvokeError());
            }

            found.IsTaken = true;
            return new Socket(new SafeSocketHandle(copy, ownsHandle: true));
        }
    }

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Duplicate(int descriptor, int command, int least);

    private sealed class Passed
    {
        private readonly string _name;
        private readonly EndPoint? _place;
        private readonly SocketType _type;

        public Passed(int descriptor, string name)
        {
            Descriptor = descriptor;
            _name = name;
            try
            {
                // Looked at only: it belongs to the process until its end.
                var socket = new Socket(new SafeSocketHandle(descriptor, ownsHandle: false));
                _place = socket.LocalEndPoint;
                _type = socket.SocketType;
            }
            catch (SocketException)
            {
                // No socket, or none with an address of a kind we know.
            }
        }

        public int Descriptor { get; }

        public bool IsTaken { get; set; }

        public bool IsAt(EndPoint place, SocketType type) => _type == ((place as UnixSocketEndPoint)?.Type ?? type) && place switch
        {
            UnixDomainSocketEndPoint or UnixSocketEndPoint =>
                _place is UnixDomainSocketEndPoint && _place.ToString() == place.ToString(),
            _ => place.Equals(_place),
        };

        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture,
            $"descriptor {Descriptor}{(_name.Length == 0 ? string.Empty : $" ({_name})")} was passed, "
                + $"{(_place is null ? "which is no socket" : $"bound to {_place}")}, and no address of this server is there.");
    }
}
