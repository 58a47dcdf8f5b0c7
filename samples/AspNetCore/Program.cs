// Conversations inside an ASP.NET Core application. dotnet run; then: curl localhost:8080/     aldis send --plain 127.0.0.1:9999 hello
using Aldis.Services.Echo;
using Aldis.Services.Hosting;
using Aldis.Services.Messages;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.Services.AddSingleton(MessageStore.Open(new MessageStoreOptions { Directory = "journal" }));
builder.WebHost.UseUrls("http://localhost:8080").UseAldis(aldis => aldis
    .Listen(EchoConversation.Descriptor)
    .Listen(MessagesConversation.Descriptor, "tcp://127.0.0.1:9999")
    .Listen(MessagesConversation.Descriptor, "arq://127.0.0.1:9999"));

await using WebApplication application = builder.Build();
application.MapGet("/", (ConversationServer server) => string.Join('\n', server.Endpoints.Select(endpoint => endpoint.Uri)));
application.MapGet("/count", (ConversationServer server) => $"{server.OpenConnections} open connections");
application.MapHealthChecks("/health");
await application.RunAsync();
