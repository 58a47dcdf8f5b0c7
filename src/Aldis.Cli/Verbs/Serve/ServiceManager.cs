using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Aldis.Cli.Verbs.Serve;

/// <summary>
/// Tells the service manager that started the process how it is (sd_notify(3), sd_watchdog_enabled(3)): systemd, and whatever else reads
/// datagrams at the socket that NOTIFY_SOCKET names. Nothing happens where there is none. Thread-safe.
/// </summary>
internal sealed class ServiceManager : IDisposable
{
    private readonly Socket? _socket;
    private readonly TimeSpan? _watchdog;
    private readonly Lock _lock = new();
    private ITimer? _timer;
    private bool _isStopping;

    private ServiceManager(Socket? socket, TimeSpan? watchdog)
    {
        _socket = socket;
        _watchdog = watchdog;
    }

    /// <summary>Whether somebody is told.</summary>
    public bool IsThere => _socket is not null;

    /// <summary>Reads who is to be told.</summary>
    /// <param name="variable">Gives the value of a variable of the environment.</param>
    /// <param name="processId">This process.</param>
    public static ServiceManager Of(Func<string, string?> variable, int processId)
    {
        if (OperatingSystem.IsWindows() || variable("NOTIFY_SOCKET") is not { Length: > 1 } path || path[0] is not ('/' or '@'))
        {
            return new ServiceManager(null, null);
        }

        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path[0] == '@' ? "\0" + path[1..] : path));
        }
        catch (SocketException)
        {
            // Who does not listen need not be told.
            socket.Dispose();
            return new ServiceManager(null, null);
        }

        bool isMeant = variable("WATCHDOG_PID") is not { Length: > 0 } named
            || named == processId.ToString(CultureInfo.InvariantCulture);
        return new ServiceManager(
            socket,
            isMeant && long.TryParse(variable("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out long microseconds) && microseconds > 0
                ? TimeSpan.FromMicroseconds(microseconds)
                : null);
    }

    /// <summary>Says that everything is served, at the start and after a reload.</summary>
    /// <param name="status">A word to people; one line.</param>
    public void Ready(string status) => Send($"READY=1\nSTATUS={status}");

    /// <summary>Says that something is read again; <see cref="Ready"/> follows.</summary>
    public void Reloading() => Send(string.Create(
        CultureInfo.InvariantCulture, $"RELOADING=1\nMONOTONIC_USEC={(long)Stopwatch.GetElapsedTime(0).TotalMicroseconds}"));

    /// <summary>Says that the end has begun. Nobody is asked for a sign of life from then on.</summary>
    public void Stopping()
    {
        EndWatch();
        Send("STOPPING=1\nSTATUS=stopping");
    }

    /// <summary>Gives a sign of life twice in the time that the service manager allows, as long as there is life; where there is none it ends the
    /// process.</summary>
    /// <param name="isAlive">Whether there is.</param>
    /// <param name="time">The clock.</param>
    public void Watch(Func<bool> isAlive, TimeProvider time)
    {
        if (_watchdog is { } limit)
        {
            TimeSpan period = limit / 2;
            _timer = time.CreateTimer(_ => Live(isAlive, period), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _timer.Change(period, Timeout.InfiniteTimeSpan);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        EndWatch();
        _socket?.Dispose();
    }

    private void EndWatch()
    {
        lock (_lock)
        {
            _isStopping = true;
            _timer?.Dispose();
        }
    }

    private void Live(Func<bool> isAlive, TimeSpan period)
    {
        lock (_lock)
        {
            if (_isStopping)
            {
                return;
            }

            if (isAlive())
            {
                Send("WATCHDOG=1");
            }

            _timer!.Change(period, Timeout.InfiniteTimeSpan);
        }
    }

    private void Send(string state)
    {
        try
        {
            _socket?.Send(Encoding.UTF8.GetBytes(state));
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // It went away, or we do.
        }
    }
}
