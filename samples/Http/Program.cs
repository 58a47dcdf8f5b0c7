// An HTTP API over reliable UDP. Server: dotnet run -- serve     Client: dotnet run -- Ada
using System.Net;
using Aldis.Transports.Arq;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

var place = new ArqEndPoint(new IPEndPoint(IPAddress.Loopback, 8080));
if (args is ["serve"])
{
    WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
    builder.WebHost.UseAldisArq().ConfigureKestrel(kestrel => kestrel.Listen(place));
    await using WebApplication server = builder.Build();
    server.MapGet("/hello/{name}", (string name) => $"Hello, {name}.");
    await server.RunAsync();
    return;
}

using var handler = new SocketsHttpHandler { ConnectCallback = async (_, stop) => await ArqStream.ConnectAsync(place, stop) };
using var client = new HttpClient(handler) { BaseAddress = new Uri("http://127.0.0.1:8080") };
Console.WriteLine(await client.GetStringAsync(new Uri($"hello/{args[0]}", UriKind.Relative)));
