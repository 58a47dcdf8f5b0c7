using System.Text.Json.Serialization;

namespace Aldis.Dashboard.Api;

/// <summary>The JSON of the API: names in lower case with underscores, as in docs/events.md.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(OverviewView))]
[JsonSerializable(typeof(ConnectionView))]
[JsonSerializable(typeof(IReadOnlyList<ConnectionView>))]
[JsonSerializable(typeof(MessagesView))]
[JsonSerializable(typeof(IReadOnlyList<MessageView>))]
[JsonSerializable(typeof(ClientsView))]
[JsonSerializable(typeof(IReadOnlyList<FileIntakeView>))]
[JsonSerializable(typeof(IReadOnlyList<TokenView>))]
[JsonSerializable(typeof(LinkView))]
[JsonSerializable(typeof(IReadOnlyList<LinkView>))]
[JsonSerializable(typeof(IReadOnlyList<FrameView>))]
[JsonSerializable(typeof(ProblemView))]
[JsonSerializable(typeof(LabView))]
internal sealed partial class ApiJson : JsonSerializerContext;
