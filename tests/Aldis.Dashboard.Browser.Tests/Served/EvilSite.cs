using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Aldis.Dashboard.Browser.Tests.Served;

/// <summary>A page of somebody else on this machine: another port of the same address, to which a browser sends the same cookies.</summary>
internal sealed class EvilSite : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly byte[] _answer;
    private readonly Task _serving;

    /// <summary>Begins to answer every request with a page.</summary>
    /// <param name="body">What is in it.</param>
    public EvilSite(string body)
    {
        byte[] html = Encoding.UTF8.GetBytes($"<!doctype html><title>evil</title><link rel=icon href=data:,>{body}");
        _answer =
        [
            .. Encoding.ASCII.GetBytes(
                $"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {html.Length}\r\nConnection: close\r\n\r\n"),
            .. html,
        ];
        _listener.Start();
        _serving = ServeAsync();
    }

    public Uri Address => new($"http://{_listener.LocalEndpoint}/");

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _serving;
        _listener.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using TcpClient client = await _listener.AcceptTcpClientAsync();
                using var reader = new StreamReader(client.GetStream(), Encoding.ASCII, leaveOpen: true);
                while (await reader.ReadLineAsync() is { Length: > 0 })
                {
                }

                await client.GetStream().WriteAsync(_answer);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or IOException)
        {
            // It is stopped, or the browser has seen enough.
        }
    }
}
