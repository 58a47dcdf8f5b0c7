using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using static Aldis.Transports.Tests.Sockets.SocketExtensions;

namespace Aldis.Transports.Tests.Connections;

/// <summary>What every conversation relies on, whatever transport lies under Kestrel.</summary>
public abstract class TransportConformance
{
    protected abstract void UseTransport(IWebHostBuilder builder);

    protected virtual EndPoint AnyEndPoint => new IPEndPoint(IPAddress.Loopback, 0);

    protected virtual bool IsPortable => false;

    /// <summary>What to listen on for every family that the transport serves.</summary>
    protected virtual EndPoint[] OtherEndPoints =>
    [
        new UnixDomainSocketEndPoint(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName())), new IPEndPoint(IPAddress.IPv6Loopback, 0),
    ];

    private protected Task<TransportHost> StartAsync(ConnectionDelegate handler, EndPoint? endPoint = null) =>
        TransportHost.StartAsync(UseTransport, handler, endPoint ?? AnyEndPoint, isPortable: IsPortable);

    [Fact]
    public async Task Bytes_come_back_unchanged_and_in_order()
    {
        await using TransportHost host = await StartAsync(Handlers.Echo);
        await CheckEchoAsync(host, Pattern(5_000_000));
    }

    [Fact]
    public async Task An_echo_that_swaps_two_bytes_is_caught()
    {
        await using TransportHost host = await StartAsync(Handlers.EchoThatSwapsTwoBytes);
        await Assert.ThrowsAnyAsync<Xunit.Sdk.XunitException>(() => CheckEchoAsync(host, Pattern(100_000)));
    }

    [Fact]
    public async Task Bytes_sent_one_by_one_come_back_in_order()
    {
        await using TransportHost host = await StartAsync(Handlers.Echo);
        await using ConformanceClient client = await host.ConnectAsync();
        byte[] sent = Pattern(2_000);
        foreach (byte one in sent)
        {
            await client.SendAllAsync(new[] { one });
        }

        AssertSame(sent, await client.ReceiveExactlyAsync(sent.Length).WaitAsync(Patience, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Many_connections_at_once_each_get_their_own_bytes()
    {
        await using TransportHost host = await StartAsync(Handlers.Echo);
        await Task.WhenAll(Enumerable.Range(0, 200).Select(async seed =>
        {
            await using ConformanceClient client = await host.ConnectAsync();
            for (int round = 0; round < 20; round++)
            {
                byte[] sent = Pattern(1 + (seed * 37 % 3_000), (seed * 100) + round);
                await client.SendAllAsync(sent);
                AssertSame(sent, await client.ReceiveExactlyAsync(sent.Length));
            }
        })).WaitAsync(Patience, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task What_was_not_consumed_is_returned_again_with_what_follows()
    {
        var seen = new TaskCompletionSource<byte[]>();
        await using TransportHost host = await StartAsync(
            async connection => seen.SetResult(await Handlers.ReadToEndWithoutConsumingAsync(connection.Transport.Input)));
        await using ConformanceClient client = await host.ConnectAsync();
        byte[] sent = Pattern(300_000);
        int from = 0;
        foreach (int size in new[] { 1, 1, 10, 4_000, 90, 5_000, 70_000, 3, 220_895 })
        {
            await client.SendAllAsync(sent.AsMemory(from, size));
            from += size;
        }

        Assert.Equal(sent.Length, from);
        client.Finish();
        AssertSame(sent, await seen.Task.WaitAsync(Patience, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_part_that_was_consumed_does_not_come_again()
    {
        await using TransportHost host = await StartAsync(async connection =>
        {
            PipeReader input = connection.Transport.Input;
            while (true)
            {
                // Takes lines of any length and answers each with its length.
                ReadResult read = await input.ReadAsync();
                ReadOnlySequence<byte> rest = read.Buffer;
                while (rest.PositionOf((byte)'\n') is { } end)
                {
                    long length = rest.Slice(0, end).Length;
                    _ = await connection.Transport.Output.WriteAsync(Encoding.ASCII.GetBytes($"{length},"));
                    rest = rest.Slice(rest.GetPosition(1, end));
                }

                input.AdvanceTo(rest.Start, rest.End);
                if (read.IsCompleted)
                {
                    return;
                }
            }
        });
        await using ConformanceClient client = await host.ConnectAsync();
        int[] lengths = [0, 1, 5_000, 64 * 1024, 3, 200_000, 4_095, 4_096, 4_097];
        foreach (int length in lengths)
        {
            await client.SendAllAsync(Encoding.ASCII.GetBytes(new string('x', length) + "\n"));
        }

        client.Finish();
        byte[] reply = await client.ReceiveToEndAsync().WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(string.Join(',', lengths) + ",", Encoding.ASCII.GetString(reply));
    }

    [Fact]
    public async Task A_client_that_half_closed_gets_its_answer_and_then_the_end()
    {
        byte[] answer = Pattern(3_000_000);
        await using TransportHost host = await StartAsync(async connection =>
        {
            byte[] request = await Handlers.ReadToEndWithoutConsumingAsync(connection.Transport.Input);
            _ = await connection.Transport.Output.WriteAsync(answer.AsMemory(0, request.Length));
            _ = await connection.Transport.Output.WriteAsync(answer.AsMemory(request.Length));
        });
        await using ConformanceClient client = await host.ConnectAsync();
        await client.SendAllAsync(Pattern(7));
        client.Finish();
        AssertSame(answer, await client.ReceiveToEndAsync().WaitAsync(Patience, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_end_follows_what_was_written_and_not_flushed()
    {
        byte[] answer = Pattern(1_000_000);
        await using TransportHost host = await StartAsync(connection =>
        {
            connection.Transport.Output.Write(answer);
            return Task.CompletedTask;
        });
        await using ConformanceClient client = await host.ConnectAsync();
        AssertSame(answer, await client.ReceiveToEndAsync().WaitAsync(Patience, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_reset_is_an_exception_on_read_and_closes_the_connection()
    {
        var reading = new TaskCompletionSource();
        var seen = new TaskCompletionSource<Exception?>();
        var closed = new TaskCompletionSource();
        await using TransportHost host = await StartAsync(async connection =>
        {
            using CancellationTokenRegistration registration = connection.ConnectionClosed.Register(closed.SetResult);
            reading.SetResult();
            seen.SetResult(await Record.ExceptionAsync(() => Handlers.ReadToEndWithoutConsumingAsync(connection.Transport.Input)));
            await closed.Task;
        });
        ConformanceClient client = await host.ConnectAsync();
        await client.SendAllAsync(Pattern(10));
        await reading.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);
        client.Reset();
        Assert.IsType<ConnectionResetException>(await seen.Task.WaitAsync(Patience, TestContext.Current.CancellationToken));
        await closed.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Writing_to_a_client_that_is_gone_ends_with_a_completed_flush()
    {
        var seen = new TaskCompletionSource<bool>();
        await using TransportHost host = await StartAsync(async connection =>
        {
            FlushResult flush = default;
            while (!flush.IsCompleted)
            {
                flush = await connection.Transport.Output.WriteAsync(new byte[10_000]);
            }

            seen.SetResult(flush.IsCompleted);
        });
        ConformanceClient client = await host.ConnectAsync();
        client.Reset();
        Assert.True(await seen.Task.WaitAsync(Patience, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_client_that_does_not_read_stops_the_writer_and_loses_nothing()
    {
        const int ChunkBytes = 64 * 1024;
        var blockedAfter = new TaskCompletionSource<int>();
        await using TransportHost host = await StartAsync(async connection =>
        {
            int chunks = 0;
            ValueTask<FlushResult> flush;
            do
            {
                flush = connection.Transport.Output.WriteAsync(Pattern(ChunkBytes, chunks++));
            }
            while (flush.IsCompleted && chunks < 1_000_000);
            blockedAfter.SetResult(chunks);
            _ = await flush;
        });
        await using ConformanceClient client = await host.ConnectAsync();
        int chunks = await blockedAfter.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);

        // What the operating system's buffers may hold, generously.
        Assert.InRange(chunks, 1, 64 * 1024 * 1024 / ChunkBytes);
        byte[] received = await client.ReceiveToEndAsync().WaitAsync(Patience, TestContext.Current.CancellationToken);
        AssertSame([.. Enumerable.Range(0, chunks).SelectMany(chunk => Pattern(ChunkBytes, chunk))], received);
    }

    [Fact]
    public async Task A_cancelled_flush_loses_nothing()
    {
        byte[] answer = Pattern(20_000_000);
        var cancelled = new TaskCompletionSource<bool>();
        await using TransportHost host = await StartAsync(async connection =>
        {
            ValueTask<FlushResult> flush = connection.Transport.Output.WriteAsync(answer);
            connection.Transport.Output.CancelPendingFlush();
            cancelled.SetResult((await flush).IsCanceled);
            _ = await connection.Transport.Output.FlushAsync();
        });
        await using ConformanceClient client = await host.ConnectAsync();
        Assert.True(await cancelled.Task.WaitAsync(Patience, TestContext.Current.CancellationToken));
        AssertSame(answer, await client.ReceiveToEndAsync().WaitAsync(Patience, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_pending_read_can_be_cancelled_and_reading_goes_on()
    {
        var cancelled = new TaskCompletionSource<bool>();
        await using TransportHost host = await StartAsync(async connection =>
        {
            ValueTask<ReadResult> pending = connection.Transport.Input.ReadAsync();
            connection.Transport.Input.CancelPendingRead();
            ReadResult read = await pending;
            connection.Transport.Input.AdvanceTo(read.Buffer.End);
            cancelled.SetResult(read.IsCanceled);
            await Handlers.Echo(connection);
        });
        await using ConformanceClient client = await host.ConnectAsync();
        Assert.True(await cancelled.Task.WaitAsync(Patience, TestContext.Current.CancellationToken));
        await CheckEchoAsync(client, Pattern(1_000));
    }

    [Fact]
    public async Task A_read_can_be_given_up_by_its_token_and_reading_goes_on()
    {
        var seen = new TaskCompletionSource<Exception?>();
        await using TransportHost host = await StartAsync(async connection =>
        {
            using var giveUp = new CancellationTokenSource();
            ValueTask<ReadResult> pending = connection.Transport.Input.ReadAsync(giveUp.Token);
            await giveUp.CancelAsync();
            seen.SetResult(await Record.ExceptionAsync(async () => await pending));
            await Handlers.Echo(connection);
        });
        await using ConformanceClient client = await host.ConnectAsync();
        Assert.IsAssignableFrom<OperationCanceledException>(await seen.Task.WaitAsync(Patience, TestContext.Current.CancellationToken));
        await CheckEchoAsync(client, Pattern(1_000));
    }

    [Fact]
    public async Task Abort_ends_a_pending_read_and_the_connection()
    {
        var seen = new TaskCompletionSource<Exception?>();
        await using TransportHost host = await StartAsync(async connection =>
        {
            await Handlers.SkipOneByteAsync(connection.Transport.Input);
            Task<ReadResult> pending = connection.Transport.Input.ReadAsync().AsTask();
            connection.Abort(new ConnectionAbortedException("enough"));
            seen.SetResult(await Record.ExceptionAsync(() => pending));
        });
        await using ConformanceClient client = await host.ConnectAsync();
        await client.SendAllAsync(new byte[1]);
        Assert.IsType<ConnectionAbortedException>(await seen.Task.WaitAsync(Patience, TestContext.Current.CancellationToken));
        Exception? atClient = await Record.ExceptionAsync(async () => Assert.Empty(await client.ReceiveToEndAsync()));
        Assert.True(atClient is null or IOException, atClient?.ToString());
    }

    [Fact]
    public async Task Abort_ends_a_pending_flush()
    {
        var seen = new TaskCompletionSource<bool>();
        await using TransportHost host = await StartAsync(async connection =>
        {
            await Handlers.SkipOneByteAsync(connection.Transport.Input);
            ValueTask<FlushResult> pending = connection.Transport.Output.WriteAsync(new byte[20_000_000]);
            connection.Abort();
            seen.SetResult((await pending).IsCompleted);
        });
        await using ConformanceClient client = await host.ConnectAsync();
        await client.SendAllAsync(new byte[1]);
        Assert.True(await seen.Task.WaitAsync(Patience, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task After_the_stop_nobody_is_accepted_and_those_inside_were_finished()
    {
        var inside = new TaskCompletionSource();
        var finish = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TransportHost host = await StartAsync(async connection =>
        {
            inside.SetResult();
            await finish.Task;
            _ = await connection.Transport.Output.WriteAsync(new byte[5]);
        });
        await using ConformanceClient client = await host.ConnectAsync();
        await inside.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Task stopping = host.StopAsync();
        finish.SetResult();
        Assert.Equal(5, (await client.ReceiveToEndAsync().WaitAsync(Patience, TestContext.Current.CancellationToken)).Length);
        await stopping.WaitAsync(Patience, TestContext.Current.CancellationToken);
        await AssertNobodyAcceptsAsync(host);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_said_to_be_in_use()
    {
        await using TransportHost host = await StartAsync(Handlers.Echo);
        var exception = await Assert.ThrowsAsync<IOException>(() => StartAsync(Handlers.Echo, host.EndPoint));
        Assert.IsType<AddressInUseException>(exception.InnerException);
    }

    [Fact]
    public async Task Other_address_families_are_served_alike()
    {
        foreach (EndPoint endPoint in OtherEndPoints)
        {
            await using TransportHost host = await StartAsync(Handlers.Echo, endPoint);
            await CheckEchoAsync(host, Pattern(500_000));
        }
    }

    [Fact]
    public async Task Tls_runs_on_top()
    {
        using X509Certificate2 certificate = CreateCertificate();
        await using TransportHost host = await TransportHost.StartAsync(
            UseTransport, Handlers.Echo, AnyEndPoint, listen => listen.UseHttps(certificate));
        await using ConformanceClient client = await host.ConnectAsync();
        await using var tls = new SslStream(client.Stream, leaveInnerStreamOpen: false);
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                RemoteCertificateValidationCallback = (_, presented, _, _) =>
                    presented!.GetCertHashString() == certificate.GetCertHashString(),
            },
            TestContext.Current.CancellationToken);
        byte[] sent = Pattern(200_000);
        byte[] received = new byte[sent.Length];
        Task sending = tls.WriteAsync(sent, TestContext.Current.CancellationToken).AsTask();
        await tls.ReadExactlyAsync(received, TestContext.Current.CancellationToken);
        await sending;
        AssertSame(sent, received);
    }

    [Fact]
    public async Task A_connection_says_who_it_is()
    {
        var seen = new TaskCompletionSource<(string Id, EndPoint? Local, EndPoint? Remote, bool HasPool)>();
        await using TransportHost host = await StartAsync(connection =>
        {
            seen.SetResult((
                connection.ConnectionId,
                connection.LocalEndPoint,
                connection.RemoteEndPoint,
                connection.Features.Get<IMemoryPoolFeature>()?.MemoryPool is not null));
            return Task.CompletedTask;
        });
        await using ConformanceClient client = await host.ConnectAsync();
        var said = await seen.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.NotEmpty(said.Id);
        Assert.Equal(client.Remote, said.Local);
        Assert.Equal(client.Local, said.Remote);
        Assert.True(said.HasPool);
    }

    private protected virtual async Task AssertNobodyAcceptsAsync(TransportHost host) =>
        await Assert.ThrowsAsync<SocketException>(host.ConnectAsync);

    private protected static async Task CheckEchoAsync(TransportHost host, byte[] sent)
    {
        await using ConformanceClient client = await host.ConnectAsync();
        await CheckEchoAsync(client, sent);
    }

    private static async Task CheckEchoAsync(ConformanceClient client, byte[] sent)
    {
        Task sending = client.SendAllAsync(sent);
        byte[] received = await client.ReceiveExactlyAsync(sent.Length).WaitAsync(Patience, TestContext.Current.CancellationToken);
        await sending;
        AssertSame(sent, received);
    }

    private static X509Certificate2 CreateCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
    }
}
