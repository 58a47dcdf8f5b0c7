using System.Net;
using System.Net.Sockets;
using Aldis.Protocols.Datagrams;
using Aldis.Tests;
using Aldis.Transports.Datagrams;

namespace Aldis.Transports.Tests.Datagrams;

/// <summary>A thread that dies of what no driver did tells all of them, instead of leaving sockets that are bound and never read.</summary>
public sealed class DatagramLoopDeathTests
{
    private static IPEndPoint Loopback => new(IPAddress.Loopback, 0);

    [Fact]
    public async Task Every_owner_is_told_when_the_thread_cannot_wait_any_more_and_the_ports_are_free_again()
    {
        var readiness = new FailingReadiness();
        using var loop = new DatagramLoop("made for this test", readiness: readiness);
        (DatagramDriver Driver, Owner Owner, IPEndPoint EndPoint)[] served = [Serve(loop), Serve(loop)];

        readiness.Fail();

        foreach ((_, Owner owner, IPEndPoint endPoint) in served)
        {
            Assert.Same(readiness.Failure, await owner.Fault.InTime());
            using var free = new UdpClient(endPoint);
        }

        Assert.Throws<IOException>(() => Serve(loop));
    }

    private static (DatagramDriver Driver, Owner Owner, IPEndPoint EndPoint) Serve(DatagramLoop loop)
    {
        DatagramChannel channel = DatagramChannel.Bind(Loopback, mayFragment: true);
        try
        {
            var owner = new Owner();
            var driver = new DatagramDriver(loop, channel, new EchoEngine(channel.LocalEndPoint.Port), owner);
            driver.Start();
            return (driver, owner, channel.LocalEndPoint);
        }
        catch
        {
            channel.Dispose();
            throw;
        }
    }

    private sealed class Owner : IDatagramOwner
    {
        private readonly TaskCompletionSource<Exception> _fault = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<Exception> Fault => _fault.Task;

        public bool TryTell() => false;

        public void OnDefect(Exception defect)
        {
        }

        public void OnFault(Exception defect) => _fault.SetResult(defect);
    }

    private sealed class FailingReadiness : IReadiness
    {
        private readonly SemaphoreSlim _calls = new(0);
        private volatile bool _hasFailed;

        public Exception Failure { get; } = new InvalidOperationException("made for this test");

        public void Fail()
        {
            _hasFailed = true;
            Wake();
        }

        public void Add(Socket socket, int slot)
        {
        }

        public void Remove(int slot)
        {
        }

        public int Wait(long timeoutNanoseconds, Span<int> slots)
        {
            _calls.Wait(timeoutNanoseconds < 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(1));
            return _hasFailed ? throw Failure : 0;
        }

        public void Wake() => _calls.Release();

        public void Dispose() => _calls.Dispose();
    }
}
