using System.Net;
using System.Security.Cryptography.X509Certificates;
using Aldis.Tests;
using Aldis.Transports.Arq;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Aldis.Transports.Tests.Arq;

/// <summary>Kestrel and HttpClient speak HTTP over it, and neither is told anything but where.</summary>
public sealed class HttpOverArqTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<HttpProtocols, string, bool> Versions => new()
    {
        { HttpProtocols.Http1, "1.1", false },
        { HttpProtocols.Http2, "2.0", false },
        { HttpProtocols.Http1, "1.1", true },
        { HttpProtocols.Http2, "2.0", true },
    };

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Requests_with_bodies_are_answered_many_at_once(HttpProtocols protocols, string version, bool isTls)
    {
        (WebApplication server, ArqEndPoint place) = await ServeAsync(protocols, isTls);
        await using WebApplication _ = server;
        using HttpClient client = NewClient(place, version, isTls);

        await Task.WhenAll(Enumerable.Range(0, 20).Select(async seed =>
        {
            // Within the window of an HTTP/2 stream: HttpClient reads no answer before it has sent its body, and an echo waits for its reader.
            byte[] sent = new byte[1 + (seed * 1_007)];
            new Random(seed).NextBytes(sent);
            using HttpResponseMessage response = await client.PostAsync(new Uri("/echo", UriKind.Relative), new ByteArrayContent(sent), Stop);
            Assert.Equal(sent, await response.Content.ReadAsByteArrayAsync(Stop));
            Assert.Equal((version, "127.0.0.1"), (response.Version.ToString(), response.Headers.GetValues("Remote").Single()));
        })).InTime();
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task A_long_answer_arrives_whole(HttpProtocols protocols, string version, bool isTls)
    {
        (WebApplication server, ArqEndPoint place) = await ServeAsync(protocols, isTls);
        await using WebApplication _ = server;
        using HttpClient client = NewClient(place, version, isTls);

        byte[] received = await client.GetByteArrayAsync(new Uri("/pattern", UriKind.Relative), Stop).InTime();

        Assert.Equal(Pattern(), received);
    }

    private static byte[] Pattern()
    {
        byte[] pattern = new byte[5_000_000];
        new Random(1).NextBytes(pattern);
        return pattern;
    }

    private static async Task<(WebApplication Server, ArqEndPoint Place)> ServeAsync(HttpProtocols protocols, bool isTls)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        ListenOptions? bound = null;
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().UseAldisArq();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(new ArqEndPoint(new IPEndPoint(IPAddress.Loopback, 0)), listen =>
        {
            listen.Protocols = protocols;
            bound = listen;
            if (isTls)
            {
                listen.UseHttps(NewCertificate());
            }
        }));
        WebApplication server = builder.Build();
        server.Run(async context =>
        {
            context.Response.Headers["Remote"] = context.Connection.RemoteIpAddress?.ToString();
            if (context.Request.Path == "/echo")
            {
                await context.Request.Body.CopyToAsync(context.Response.Body, context.RequestAborted);
                return;
            }

            await context.Response.Body.WriteAsync(Pattern(), context.RequestAborted);
        });
        await server.StartAsync(Stop);
        return (server, (ArqEndPoint)bound!.EndPoint);
    }

    private static HttpClient NewClient(ArqEndPoint place, string version, bool isTls)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) => await ArqStream.ConnectAsync(place, null, cancellationToken),
        };
        handler.SslOptions.RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate?.Subject == "CN=localhost";
        return new HttpClient(handler)
        {
            BaseAddress = new Uri(isTls ? "https://localhost" : "http://localhost"),
            DefaultRequestVersion = Version.Parse(version),
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
    }

    private static X509Certificate2 NewCertificate()
    {
        using var directory = new TemporaryDirectory();
        TestCertificate.Create(directory);
        return X509Certificate2.CreateFromPemFile(directory.Combine("cert.pem"), directory.Combine("key.pem"));
    }
}
